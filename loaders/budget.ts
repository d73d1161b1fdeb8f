import { LimitExceededError } from '../db/errors.ts';

/** How much one request may ask for, whatever the number of its fields. */
export interface Limits {
  /** Points and readings that an answer may hold. */
  readonly maxPoints: number;
  /** Readings that the database may have to read for it, by estimate. */
  readonly maxReadings: number;
}

/** What one request has asked for so far, estimated before the database works on it. */
export interface Budget {
  /** Refuses what would bring the request's points over the limit. */
  chargePoints(estimate: number): void;
  /** Refuses what would bring the readings read for the request over the limit. */
  chargeReadings(estimate: number): void;
  /** A single answer of more points than this cannot fit, whatever else the request asks. */
  readonly maxPoints: number;
}

/** A fresh budget, for one request. */
export function createBudget(limits: Limits): Budget {
  let points = 0;
  let readings = 0;
  return {
    maxPoints: limits.maxPoints,
    chargePoints(estimate) {
      points += estimate;
      if (points > limits.maxPoints)
        throw new LimitExceededError('points', points, limits.maxPoints, 'ask for a longer bucket, a shorter range or fewer groups');
    },
    chargeReadings(estimate) {
      readings += estimate;
      if (readings > limits.maxReadings)
        throw new LimitExceededError('readings to be read', readings, limits.maxReadings, 'ask for a shorter range, fewer sensors or a smaller page');
    },
  };
}
