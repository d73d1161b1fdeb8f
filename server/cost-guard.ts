import type { GraphQLSchema } from 'graphql';
import { CostExceededError } from '../db/errors.ts';
import { type CostedRequest, createCostMeter } from '../execution/cost.ts';

/** Refuses what would cost too much before it is executed, whatever it came by: HTTP, sockets, event streams, exports. */
export interface CostGuard {
  /** The setting MAX_COST. */
  readonly limit: number;
  /** Whether a validated request costs no more than the limit. */
  allows(request: CostedRequest): boolean;
  /** What a validated request costs. Throws CostExceededError where that is more than the limit. */
  admit(request: CostedRequest): number;
}

/** Counts by the directives of a schema. */
export function createCostGuard(schema: GraphQLSchema, limit: number): CostGuard {
  const meter = createCostMeter(schema);
  return {
    limit,
    allows: (request) => meter.measure(request) <= limit,
    admit(request) {
      const cost = meter.measure(request);
      if (cost <= limit) return cost;
      const dearest = meter.dearest(request);
      throw new CostExceededError(cost, limit, dearest?.path ?? '', dearest?.cost ?? 0);
    },
  };
}
