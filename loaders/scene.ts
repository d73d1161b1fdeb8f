import type { Catalogue } from '../db/catalogue.ts';
import type { EngineName } from '../db/engines/engine.ts';
import type { Queryable } from '../db/pool.ts';
import type { SeriesSpans } from '../db/series-spans.ts';
import type { Instant } from '../db/time/instant.ts';
import type { Budget } from './budget.ts';
import type { Explain } from './explained-plan.ts';
import type { Witness } from './witness.ts';

/** What the loaders of one request stand on: one catalogue, one present, one budget. */
export interface Scene {
  readonly db: Queryable;
  /** Names the store in cursors. */
  readonly storeId: string;
  readonly catalogue: Catalogue;
  /** The present, the same for every field of a request. */
  readonly now: Instant;
  /** The zone of questions that name none. */
  readonly timezone: string;
  readonly engine: EngineName;
  readonly budget: Budget;
  /** How much there is of each series, as known not long ago. */
  readonly spans: SeriesSpans;
  /** Hears from the statements whether `catalogue` is the current one. */
  readonly witness: Witness;
  /** Hears how questions are answered; left out where the client did not ask. */
  readonly explain?: Explain | undefined;
}
