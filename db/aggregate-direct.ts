import { ROLLUPS, type Rollup } from './aggregate-arms.ts';
import type { AggregateAnswer, AggregateQuestion } from './aggregate-question.ts';
import { type CurrentRow, columnNames, extrasOf, type Statement, seen, seenColumns, staleWithin, textColumns, whatWasSeen } from './aggregate-statement.ts';
import { valuesOf } from './aggregate-values.ts';
import { BUCKET_BYTES, readBytes, wholePiece } from './bucket-bytes.ts';
import { integers } from './parameter-text.ts';
import { formatInstant } from './time/instant.ts';

/** The rollup of which each row is a point as it stands: nothing is combined, neither buckets nor series. null where anything is. */
export function directRollup({ plan: { pieces, boundaries }, groups }: AggregateQuestion): Rollup | null {
  const [piece, ...others] = pieces;
  if (piece === undefined || others.length > 0 || piece.source === 'reading' || (groups.length > 1 && new Set(groups).size < groups.length)) return null;
  const { width } = ROLLUPS[piece.source];
  if (piece.to - piece.from !== piece.count * width) return null;
  for (let i = 1; i < piece.count; i++) if (boundaries[piece.bucket + i] !== piece.from + i * width) return null;
  return piece.source;
}

/** The rows of one rollup, one text a column and series; empty where anything is stale. It has a name, so a connection need not parse it again, nor plan it on plain PostgreSQL. */
export function composeDirect(question: AggregateQuestion, rollup: Rollup): Statement {
  const { seriesIds, plan } = question;
  // With a list of one, PostgreSQL thinks a plan for any list dearer and so plans each time anew, which takes longer than the rest. On TimescaleDB it does so anyway, to leave out chunks.
  const [single, ...others] = seriesIds;
  const isSingle = single !== undefined && others.length === 0;
  const tag = ['aggregates direct', rollup.replace('rollup_', ''), ...(isSingle ? ['single'] : []), ...extrasOf(question)].join(' ');
  const values = [isSingle ? single : integers(seriesIds), formatInstant(plan.window.from), formatInstant(plan.window.to)];
  const known = named.get(tag);
  const isShort = seriesIds.length * (plan.boundaries.length - 1) <= SHORT_POINTS;
  if (known !== undefined) return { name: tag, text: known, values, isShort };
  const text = `/* ${tag} */ ${composeText(question, rollup, isSingle ? 'series_id = $1::int' : 'series_id = any ($1::int[])')}`;
  if (named.size >= MOST_NAMES) return { text, values };
  named.set(tag, text);
  return { name: tag, text, values, isShort };
}

/** The texts by their tags, which are their names. A connection keeps what it has for a name until it ends, so a client that thinks of every selection there is must not fill it. */
const named = new Map<string, string>();
const MOST_NAMES = 40;

/** So many rows of a rollup are read in a millisecond or two. */
const SHORT_POINTS = 5_000;

function composeText(question: AggregateQuestion, rollup: Rollup, isAsked: string): string {
  const { measures } = question;
  return `
    with seen as materialized (
      select ${seen(question, isAsked)}, exists (select from stale_day where ${isAsked} and ${staleWithin('$2', '$3')}) as stale)
    select ${seenColumns(question)}, seen.stale as "isStale", m.series_id as "group", ${columnNames(measures)}
      from seen
      left join (
        select series_id, ${BUCKET_BYTES} as bucket${textColumns(measures)}
          from ${ROLLUPS[rollup].relation}
         where ${isAsked} and bucket >= $2::timestamptz and bucket < $3::timestamptz and not (select stale from seen)
         group by series_id) as m on true`;
}

/** Reads the rows, in which a group is a series. */
export function toDirectAnswer(rows: readonly CurrentRow[], { seriesIds, groups, plan, measures }: AggregateQuestion): AggregateAnswer {
  const groupOf = new Map(seriesIds.map((id, place) => [id, groups[place] ?? -1]));
  const [piece] = plan.pieces;
  if (piece === undefined) throw new Error('a plan without pieces was asked for');
  const width = (piece.to - piece.from) / piece.count;
  const whole = wholePiece(plan, piece);
  const bucketsOf = (bytes: string | null) =>
    bytes === whole.bytes ? whole.bucket : readBytes(bytes ?? '').map((instant) => piece.bucket + (instant - piece.from) / width);
  const { catalogueVersion, extent } = whatWasSeen(rows);
  return {
    catalogueVersion,
    extent,
    results: rows.flatMap((row) =>
      row.group === null ? [] : [{ group: groupOf.get(row.group) ?? -1, staleDays: 0, values: valuesOf(row, measures, bucketsOf(row.bucket)), held: null }],
    ),
  };
}
