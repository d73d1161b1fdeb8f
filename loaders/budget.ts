import { LimitExceededError } from '../db/errors.ts';

/** How much one request may ask for, whatever the number of its fields. */
export interface Limits {
  /** Points and readings that an answer may hold. */
  readonly maxPoints: number;
  /** Readings that the database may have to read for it, by estimate. */
  readonly maxReadings: number;
  /** Members of all the lists that an answer holds; 200,000 where it is left out. Lists in lists multiply, so a short document could fill the memory. */
  readonly maxNodes?: number;
}

/** Of a request that says nothing else: a thousand places with twenty sensors of five metrics each, and half of that again. */
export const MAX_NODES = 200_000;

/** What one request has asked for so far, estimated before the database works on it. */
export interface Budget {
  /** Refuses what would bring the request's points over the limit, with what the caller can do. */
  chargePoints(estimate: number, cure: string): void;
  /** Refuses what would bring the readings read for the request over the limit, in the same way. */
  chargeReadings(estimate: number, cure?: string): void;
  /** Refuses what would bring the buckets planned for the request, empty ones too and each once for all groups, over as many as it may have points. */
  chargeBuckets(count: number): void;
  /** Refuses a list that would bring the members of all lists over the limit, each time that it is handed out. */
  chargeNodes(count: number): void;
  /** Does what charges at once, and tells how to take it back: for a question that is planned anew, and must not count twice. */
  reversibly<T>(work: () => T): { readonly result: T; readonly takeBack: () => void };
  /** A single answer of more points than this cannot fit, whatever else the request asks. */
  readonly maxPoints: number;
}

/** A fresh budget, for one request. */
export function createBudget(limits: Limits): Budget {
  let points = 0;
  let readings = 0;
  let buckets = 0;
  let nodes = 0;
  let refusal: LimitExceededError | null = null;
  const maxNodes = limits.maxNodes ?? MAX_NODES;
  return {
    maxPoints: limits.maxPoints,
    chargePoints(estimate, cure) {
      points += estimate;
      if (points > limits.maxPoints) throw new LimitExceededError('points', points, limits.maxPoints, cure);
    },
    chargeReadings(estimate, cure = 'ask for a shorter range, fewer sensors or a smaller page') {
      readings += estimate;
      if (readings > limits.maxReadings) throw new LimitExceededError('readings to be read', readings, limits.maxReadings, cure);
    },
    chargeBuckets(count) {
      buckets += count;
      if (buckets > limits.maxPoints)
        throw new LimitExceededError(
          'buckets',
          buckets,
          limits.maxPoints,
          'ask for a longer bucket, a smaller maxPoints, a shorter range or fewer questions at once',
        );
    },
    reversibly(work) {
      const before = { points, readings, buckets };
      const result = work();
      const charged = { points: points - before.points, readings: readings - before.readings, buckets: buckets - before.buckets };
      const takeBack = () => {
        points -= charged.points;
        readings -= charged.readings;
        buckets -= charged.buckets;
      };
      return { result, takeBack };
    },
    chargeNodes(count) {
      nodes += count;
      if (nodes <= maxNodes) return;
      // Thousands of lists may be waiting to be refused: all get the one error, whose figures are costly to write.
      refusal ??= new LimitExceededError('nodes', nodes, maxNodes, 'ask for smaller pages, fewer places or sensors, or fewer lists in lists');
      throw refusal;
    },
  };
}
