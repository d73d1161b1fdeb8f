import { integers, ROLLUPS, type Rollup, stretchesOf } from './aggregate-arms.ts';
import type { AggregateAnswer, AggregateQuestion } from './aggregate-question.ts';
import {
  type CurrentRow,
  columnNames,
  extrasOf,
  namedStatement,
  type Statement,
  seen,
  seenColumns,
  staleWithin,
  textColumns,
  whatWasSeen,
} from './aggregate-statement.ts';
import { toValues } from './aggregate-values.ts';
import { formatInstant, MICROS_PER_SECOND } from './time/instant.ts';

/** The rollup of which each row is a point as it stands: nothing is combined, neither buckets nor series. null where anything is. */
export function isDirect({ plan, groups }: AggregateQuestion): Rollup | null {
  const source = plan.pieces[0]?.source ?? 'reading';
  if (source === 'reading' || new Set(groups).size < groups.length) return null;
  const { width } = ROLLUPS[source];
  const isRow = plan.pieces.every((piece) => piece.source === source && piece.to - piece.from === width);
  return isRow && stretchesOf(plan, source).length === 1 ? source : null;
}

/** The rows of one rollup, one text a column and series; empty where anything is stale. Its name and its few parameters let it be planned once a connection. */
export function composeDirect(question: AggregateQuestion, rollup: Rollup): Statement {
  const { seriesIds, plan, measures } = question;
  // With a list of one, PostgreSQL would think a plan for any list dearer and so plan each time anew, which takes longer than the rest.
  const [single, ...others] = seriesIds;
  const isSingle = single !== undefined && others.length === 0;
  const isAsked = isSingle ? 'series_id = $1::int' : 'series_id = any ($1::int[])';
  const text = `
    with seen as materialized (
      select ${seen(question, isAsked)}, exists (select from stale_day where ${isAsked} and ${staleWithin('$2', '$3')}) as stale)
    select ${seenColumns(question)}, seen.stale as "isStale", m.series_id as "group", ${columnNames(measures)}
      from seen
      left join (
        select series_id, string_agg(date_part('epoch', bucket)::text, ',') as bucket, string_agg(n::text, ',') as count${textColumns(measures)}
          from ${ROLLUPS[rollup].relation}
         where ${isAsked} and bucket >= $2::timestamptz and bucket < $3::timestamptz and not (select stale from seen)
         group by series_id) as m on true`;
  const tag = ['aggregates direct', rollup.replace('rollup_', ''), ...(isSingle ? ['single'] : []), ...extrasOf(question)].join(' ');
  return namedStatement(tag, text, [isSingle ? single : integers(seriesIds), formatInstant(plan.window.from), formatInstant(plan.window.to)]);
}

/** Reads the rows, in which a group is a series and a bucket the epoch second of its start. */
export function toDirectAnswer(rows: readonly CurrentRow[], { seriesIds, groups, plan, measures }: AggregateQuestion): AggregateAnswer {
  const groupOf = new Map(seriesIds.map((id, place) => [id, groups[place] ?? -1]));
  const bucketAt = new Map(plan.pieces.map(({ from, bucket }) => [from / MICROS_PER_SECOND, bucket]));
  const { catalogueVersion, extent } = whatWasSeen(rows);
  return {
    catalogueVersion,
    extent,
    results: rows.flatMap((row) =>
      row.group === null
        ? []
        : [{ group: groupOf.get(row.group) ?? -1, staleDays: 0, values: toValues(row, measures, (second) => bucketAt.get(second) ?? -1) }],
    ),
  };
}
