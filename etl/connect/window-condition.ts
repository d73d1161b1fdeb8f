import type { Knex } from 'knex';
import { type Instant, MICROS_PER_HOUR } from '../../db/time/instant.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';
import type { RunWindow } from './connector.ts';
import type { TimeColumn } from './database-columns.ts';
import { timeText } from './watermark.ts';

/** No clock is set back by more at once; what its hours bring too much is left out by the exact time of each row. */
const SET_BACK = 3 * MICROS_PER_HOUR;

/** The range of a column that surely holds every row of a window. */
interface Range {
  readonly from: string | number | null;
  readonly to: string | number | null;
}

/** Narrows a question to rows of a window, or to a little more; null: by this column the database cannot tell, and everything has to be looked at. */
export function windowCondition(column: TimeColumn | null, window: RunWindow): ((question: Knex.QueryBuilder) => void) | null {
  const ranges = column === null ? null : rangesOf(column, window);
  if (column === null || ranges === null) return null;
  return (question) => {
    question.where((any) => {
      for (const { from, to } of ranges)
        any.orWhere((one) => {
          one.whereNotNull(column.name);
          if (from !== null) one.where(column.name, '>=', from);
          if (to !== null) one.where(column.name, '<', to);
        });
    });
  };
}

function rangesOf({ kind, unit, timezone }: TimeColumn, { from, to }: RunWindow): readonly Range[] | null {
  if (kind === 'instant') return [range(from, to, timeText)];
  if (kind === 'local') {
    if (timezone === null) return null;
    const clock = zoneClock(timezone);
    return [{ from: from === null ? null : timeText(clock.toLocal(from) - SET_BACK), to: to === null ? null : timeText(clock.toLocal(to) + SET_BACK) }];
  }
  if (kind !== 'whole') return null;
  const seconds = range(from, to, (instant) => Math.ceil(instant / 1_000_000));
  const milliseconds = range(from, to, (instant) => Math.ceil(instant / 1000));
  if (unit === 'seconds') return [seconds];
  if (unit === 'milliseconds') return [milliseconds];
  return [seconds, milliseconds];
}

function range(from: Instant | null, to: Instant | null, write: (instant: Instant) => string | number): Range {
  return { from: from === null ? null : write(from), to: to === null ? null : write(to) };
}
