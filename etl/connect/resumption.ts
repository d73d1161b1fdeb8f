import type { Json } from '../../db/etl/position.ts';

/**
 * How another attempt of a backfill goes on in a piece. The connector says where it can begin again; the runner remembers such a bookmark in the transactions of the
 * batches that follow it, with how much behind it is committed, and hands it over by `RunContext.bookmarks` under the same key.
 */
export interface Resumption {
  /** Names the piece among those of the run. Where what is behind the name may become another, the name has to become another with it. */
  readonly key: string;
  /** Where to begin so that the first record is the one with this index, which is the first of a chunk; undefined: the source cannot begin there. */
  readonly bookmarkOf: (index: number) => Json | undefined;
  /** After the last record. BROKEN: there is more that could not be read. OTHER: what was read is not what the key names, and nothing is remembered of it. Absent: WHOLE. */
  readonly ended?: () => 'WHOLE' | 'BROKEN' | 'OTHER';
}
