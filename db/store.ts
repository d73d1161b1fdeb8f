import type pg from 'pg';
import type { CatalogueCache } from './catalogue-cache.ts';
import type { StorageEngine } from './engines/engine.ts';
import type { Pool } from './pool.ts';
import type { SeriesSpans } from './series-spans.ts';

/** An open store: what loads and questions need to know of the database. */
export interface Store {
  readonly id: string;
  readonly engine: StorageEngine;
  /** For questions: statements are cut off by a timeout. */
  readonly readPool: Pool;
  /** For loads, changes of the catalogue and the refresher: no timeout. */
  readonly writePool: Pool;
  /** For those who listen, each with a connection for as long as it does: neither loads nor questions keep a breach waiting. */
  readonly listenPool: Pool;
  /** For the queue of runs. It makes connections only when jobs are run. */
  readonly queuePool: pg.Pool;
  readonly catalogue: CatalogueCache;
  readonly spans: SeriesSpans;
  /** The zone where none is given: the setting TIMEZONE. */
  readonly timezone: string;
  /** What is longer past than this when it is recorded, in microseconds, is late: the setting LATE_AFTER. */
  readonly lateAfter: number;
  close(): Promise<void>;
}
