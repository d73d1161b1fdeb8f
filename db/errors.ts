import { didYouMean } from './nearest-name.ts';

/** The base of every error that a caller can act on. Anything else that is thrown is a bug: logged whole and masked. */
export abstract class ThermographError extends Error {
  /** Stable, documented, sent to clients as `extensions.code`. */
  abstract readonly code: string;

  /** What a client may see beside the code: the field, the value, the rule, a limit. */
  get details(): Readonly<Record<string, unknown>> {
    return {};
  }
}

/** An argument breaks a rule: names the field, the value and the rule. */
export class InvalidArgumentError extends ThermographError {
  override readonly name = 'InvalidArgumentError';
  readonly code = 'BAD_USER_INPUT';
  readonly field: string;
  readonly value: unknown;
  readonly rule: string;

  constructor(field: string, value: unknown, rule: string, options?: ErrorOptions) {
    super(`${field} is ${JSON.stringify(value)}, but ${rule}`, options);
    this.field = field;
    this.value = value;
    this.rule = rule;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { field: this.field, value: this.value, rule: this.rule };
  }
}

/** An id that names nothing the caller may see; of the `known` ids the message offers the one that was probably meant. */
export class NotFoundError extends ThermographError {
  override readonly name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
  readonly field: string;
  readonly value: string;
  readonly rule: string;

  constructor(field: string, value: string, kind: string, known: Iterable<string>) {
    super(`${field} is ${JSON.stringify(value)}, but there is no such ${kind}${didYouMean(value, known)}`);
    this.field = field;
    this.value = value;
    this.rule = `the id of a known ${kind}`;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { field: this.field, value: this.value, rule: this.rule };
  }
}

/** A question that the database is not asked, because it would give or read more than a setting allows. */
export class LimitExceededError extends ThermographError {
  override readonly name = 'LimitExceededError';
  readonly code = 'LIMIT_EXCEEDED';
  readonly what: string;
  readonly estimate: number;
  readonly limit: number;
  readonly rule: string;

  /** `hint` says what the caller can change so that the question fits. */
  constructor(what: string, estimate: number, limit: number, hint: string) {
    const rule = `the limit is ${limit.toLocaleString('en')}: ${hint}`;
    super(`the answer would need ${estimate.toLocaleString('en')} ${what}, but ${rule}`);
    this.what = what;
    this.estimate = estimate;
    this.limit = limit;
    this.rule = rule;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { what: this.what, estimate: this.estimate, limit: this.limit, rule: this.rule };
  }
}

/** A request that costs more than a setting allows, by its document and variables alone: nothing of it was executed. */
export class CostExceededError extends ThermographError {
  override readonly name = 'CostExceededError';
  readonly code = 'COST_EXCEEDED';
  readonly cost: number;
  readonly limit: number;
  /** What costs most by itself: names in the response, from the root on, joined by dots. */
  readonly field: string;
  readonly fieldCost: number;
  readonly rule: string;

  constructor(cost: number, limit: number, field: string, fieldCost: number) {
    const rule = `the limit is ${limit.toLocaleString('en')}: give a smaller first, last or maxPoints there or above, or ask for it in several requests`;
    super(`the request costs ${cost.toLocaleString('en')}, ${fieldCost.toLocaleString('en')} of it by ${field}, but ${rule}`);
    this.cost = cost;
    this.limit = limit;
    this.field = field;
    this.fieldCost = fieldCost;
    this.rule = rule;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { field: this.field, fieldCost: this.fieldCost, cost: this.cost, limit: this.limit, rule: this.rule };
  }
}

/** A move of a sensor dated before its newest reading: history would change its place. */
export class PlacementInPastError extends ThermographError {
  override readonly name = 'PlacementInPastError';
  readonly code = 'PLACEMENT_IN_PAST';
  readonly sensor: string;
  readonly since: string;
  readonly newest: string;

  constructor(sensor: string, since: string, newest: string) {
    super(`since is ${JSON.stringify(since)}, but sensor ${JSON.stringify(sensor)} already has something dated ${newest}: a move starts after it`);
    this.sensor = sensor;
    this.since = since;
    this.newest = newest;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return {
      field: 'since',
      value: this.since,
      rule: 'a move starts after the newest reading and placement of its sensor',
      sensor: this.sensor,
      newest: this.newest,
    };
  }
}

/** A threshold that says again what another one says: same metric, scope and level, overlapping band and window. */
export class DuplicateThresholdError extends ThermographError {
  override readonly name = 'DuplicateThresholdError';
  readonly code = 'DUPLICATE_THRESHOLD';
  readonly threshold: string;

  constructor(threshold: string) {
    super(`threshold ${threshold} has the same metric, scope and level, and its band and window overlap: update it instead, or part the bands or the windows`);
    this.threshold = threshold;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { field: 'input', value: this.threshold, rule: 'thresholds of one metric, scope and level do not overlap in band and window' };
  }
}

/** The store cannot be used as it is: another engine, a newer schema, a data directory in use. The message says what to do. */
export class StoreError extends ThermographError {
  override readonly name = 'StoreError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
