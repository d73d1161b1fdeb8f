import { SHORT_LIST } from './latest.ts';
import type { Queryable } from './pool.ts';
import type { TimeWindow } from './time/instant.ts';
import { parseRfc3339 } from './time/rfc3339.ts';

/** The stretch and number of a series' readings: what a question is likely to cost, known before it is asked. */
export interface SeriesSpan {
  /** From the first reading until just after the last. */
  readonly window: TimeWindow;
  readonly readings: number;
}

interface Known {
  /** null for a series without readings. */
  readonly span: SeriesSpan | null;
  readonly readAtMs: number;
}

/** An estimate may be this old. Where exactness depends on a span, the statement that answers says what it is by then. */
const FRESH_MS = 5_000;

/** The spans of series as they were not long ago, so that dashboards that ask for the same every few seconds ask for them once. */
export class SeriesSpans {
  readonly #known = new Map<number, Known>();

  /** Spans by series id; a series without readings has none. */
  async load(db: Queryable, seriesIds: readonly number[]): Promise<ReadonlyMap<number, SeriesSpan>> {
    const nowMs = performance.now();
    const wanted = seriesIds.filter((id) => nowMs - (this.#known.get(id)?.readAtMs ?? Number.NEGATIVE_INFINITY) > FRESH_MS);
    if (wanted.length > 0) await this.refresh(db, wanted);
    return new Map(
      seriesIds.flatMap((id) => {
        const span = this.#known.get(id)?.span ?? null;
        return span === null ? [] : [[id, span]];
      }),
    );
  }

  /** Reads the spans of series anew. */
  async refresh(db: Queryable, seriesIds: readonly number[]): Promise<void> {
    const spans = new Map((await selectSeriesSpans(db, seriesIds)).map((row) => [row.seriesId, toSpan(row)]));
    const readAtMs = performance.now();
    for (const id of seriesIds) this.#known.set(id, { span: spans.get(id) ?? null, readAtMs });
  }
}

interface SpanRow {
  readonly seriesId: number;
  readonly firstTime: string;
  readonly time: string;
  readonly readings: number;
}

function toSpan({ firstTime, time, readings }: SpanRow): SeriesSpan {
  return { window: { from: parseRfc3339(firstTime) ?? 0, to: (parseRfc3339(time) ?? 0) + 1 }, readings };
}

/** The spans of series that have readings, in no order. */
async function selectSeriesSpans(db: Queryable, seriesIds: readonly number[]): Promise<readonly SpanRow[]> {
  const { rows } = await db.query<SpanRow & Record<string, unknown>>({
    name: 'select_series_spans',
    text: `
      select series_id as "seriesId", first_time as "firstTime", time, readings
        from series_latest
       where series_id = any ($1::int[]) and time is not null`,
    values: [seriesIds],
    isShort: seriesIds.length <= SHORT_LIST,
  });
  return rows;
}
