import type { HeldQuestion, HeldTimes } from './held-question.ts';
import { type Bind, integers } from './parameter-text.ts';
import { readNumbers } from './text-list.ts';
import { clampInstant } from './time/calendar.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** What a row of an answer has of held values: one text a column. */
export type HeldRow = { readonly [column in 'heldCell' | 'heldKind' | 'heldAge' | 'heldMicros' | 'heldWeighted']?: string | null };

/**
 * The tables of a `with` that end in `held`: a row for each group `g` that holds anything, with the columns of `heldColumns`. Parameters $1 and $2 are the series and their
 * groups. A part of a statement, so that it sees the same moment as the rest: for buckets the cuts are theirs, for a whole range they are its two ends.
 *
 * Every reading is met once, in the order of its key, with the one after it. Where both lie in one cell, which is nearly always, the stretch between them is summed at once by
 * the rank of its length among the ages, from which its parts of each age follow; only what crosses a cut is parted, and that is at most once a series and cut.
 */
export function composeHeld(
  { window, lookBack, reach, lines, lineOfGroup, lineOfSeries, isWeighted }: HeldQuestion,
  { seriesIds, groups }: { readonly seriesIds: readonly number[]; readonly groups: readonly number[] },
  bind: Bind,
): string {
  const [from, to] = [bind(formatInstant(window.from)), bind(formatInstant(window.to))].map((placeholder) => `${placeholder}::timestamptz`);
  const texts = (column: readonly string[]) => `${bind(column)}::text[]`;
  const lists = [
    texts(lines.map(({ cuts }) => instants(cuts))),
    texts(lines.map(({ cells }) => list(cells ?? []))),
    texts(lines.map(({ edges }) => list(edges))),
    texts(lines.map(({ ages }) => list(ages))),
  ];
  const lineOf = `${bind(integers(seriesIds.map((id, place) => (lineOfSeries.get(id) ?? lineOfGroup[groups[place] ?? -1] ?? -1) + 1)))}::int[]`;
  const hasKinds = lines.some(({ edges }) => edges.length > 0);
  const kind = hasKinds ? `2 * width_bucket(value, edges) - coalesce((value = edges[width_bucket(value, edges)])::int, 0)` : '0';
  const weighted = (expression: string) => (isWeighted ? expression : 'null::double precision');
  // An instant, not a difference, which PostgreSQL would only work out once it has planned for every partition and chunk before the window.
  const earliest = lookBack === null ? '' : ` and time >= ${bind(formatInstant(clampInstant(window.from - lookBack)))}::timestamptz`;
  const until = reach === null ? "coalesce(next, 'infinity')" : `least(next, since + ${interval(reach, bind)})`;
  return `line as materialized (
      select number, cuts::timestamptz[] as cuts, cells::int[] as cells, edges::double precision[] as edges, ages::double precision[] as ages
        from unnest(${lists.join(', ')}) with ordinality as given (cuts, cells, edges, ages, number)),
    holder as materialized (
      select series_id, g, line
        from unnest($1::int[], $2::int[], ${lineOf}) as given (series_id, g, line)
       where line > 0),
    stretch as materialized (
      select g, line, cell, kind, rank, since, next, value, n, length, total, weighted
        from holder
        join line on number = line
       cross join lateral (
         select cell, kind, rank, since, min(next) as next, min(value) as value, count(*) as n,
                sum(length) as length, ${weighted('sum(value)')} as total, ${weighted('sum(value * length)')} as weighted
           from (
             select cell, ${kind} as kind, value, length, width_bucket(length, ages) as rank, since, next
               from (
                 select cell, value, case when next_cell = cell then ${micros('next - time')} end as length,
                        case when next_cell = cell then null else time end as since, case when next_cell = cell then null else next end as next
                   from (
                     select cell, time, value, lead(time) over following as next, lead(cell) over following as next_cell
                       from (
                         select time, value, width_bucket(time, cuts) as cell
                           from reading
                          where reading.series_id = holder.series_id and time >= ${from} and time < ${to}
                          -- The window's own order would do, but TimescaleDB appends its chunks in order only where a select asks for it.
                          order by time) as placed
                     window following as (order by time)) as followed
                 -- So that a length is computed once and not wherever it is used, and nothing is known of the times, which would be thought to make as many groups as readings.
                 offset 0) as measured) as parted
          group by cell, kind, rank, since) as summed),
    earlier as materialized (
      select g, line, 1 as cell, ${kind} as kind, time as since, value,
             (select min(time) from reading where reading.series_id = holder.series_id and time >= ${from} and time < ${to}) as next
        from holder
        join line on number = line
       cross join lateral (
         select time, value
           from reading
          where reading.series_id = holder.series_id and time < ${from}${earliest}
          order by time desc
          limit 1) as before),
    held_part as (
      select g, coalesce(cells[cell], cell - 1) as cell, kind, age,
             case when age < rank then n * (ages[age + 1] - ages[age]) else length - n * ages[age] end as micros,
             ${weighted('case when age < rank then total * (ages[age + 1] - ages[age]) else weighted - total * ages[age] end')} as weighted
        from stretch
        join line on number = line
       cross join lateral generate_series(1, rank) as age
       where since is null
       union all
      select g, coalesce(cells[part], part - 1), kind, age, least(old, ages[age + 1]) - greatest(young, ages[age]), ${weighted('value * (least(old, ages[age + 1]) - greatest(young, ages[age]))')}
        from (
          select g, line, cell, kind, value, since, ${until} as until from stretch where since is not null
          union all
          select g, line, cell, kind, value, since, ${until} from earlier) as crossing
        join line on number = line
       cross join lateral generate_series(cell, least(width_bucket(until, cuts), cardinality(cuts) - 1)) as part
       cross join lateral (select ${micros('greatest(since, cuts[part]) - since')} as young, ${micros('least(until, cuts[part + 1]) - since')} as old) as aged
       cross join lateral generate_series(width_bucket(young, ages), width_bucket(old, ages)) as age
       where young < old),
    held as (
      select g, string_agg(cell::text, ',') as cell, string_agg(kind::text, ',') as kind, string_agg((age - 1)::text, ',') as age,
             string_agg(micros::text, ',') as micros${isWeighted ? ", string_agg(weighted::text, ',') as weighted" : ''}
        from (
          select g, cell, kind, age, sum(micros::bigint) as micros, ${weighted('sum(weighted)')} as weighted
            from held_part
           where cell >= 0
           group by g, cell, kind, age) as counted
       where micros > 0
       group by g)`;
}

/** The columns of `held`, as the rows of an answer carry them. */
export function heldColumns({ isWeighted }: HeldQuestion): string {
  const shared = 'held.cell as "heldCell", held.kind as "heldKind", held.age as "heldAge", held.micros as "heldMicros"';
  return isWeighted ? `${shared}, held.weighted as "heldWeighted"` : shared;
}

/** Reads the texts of a group's columns. */
export function toHeldTimes(row: HeldRow, { isWeighted }: HeldQuestion): HeldTimes {
  const read = (text: string | null | undefined) => readNumbers(text ?? null);
  return {
    cell: read(row.heldCell),
    kind: read(row.heldKind),
    age: read(row.heldAge),
    micros: read(row.heldMicros),
    weighted: isWeighted ? read(row.heldWeighted) : null,
  };
}

/** The whole microseconds of an interval between two instants, exact in a double: it has days and less, never months. */
function micros(interval: string): string {
  return `round(date_part('epoch', ${interval}) * 1000000)`;
}

/** In microseconds, so that no day of it is a calendar's. */
function interval(length: number, bind: Bind): string {
  return `${bind(`${length} microseconds`)}::interval`;
}

function instants(values: readonly Instant[]): string {
  return list(values.map(formatInstant));
}

function list(values: readonly (number | string)[]): string {
  return `{${values.join(',')}}`;
}
