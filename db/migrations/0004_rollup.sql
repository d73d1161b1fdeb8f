-- Rollups that are exact whether the refresher has run or not: materialised rows as far as they are current, the rest from readings.
-- Questions follow the same rule in a statement of their own (db/aggregate.ts), because a view cannot tell the planner the window: each stale day would ask every chunk of the history.

-- Readings of one series in [since, until), summarised over `width`, a width that divides a UTC day. A set-returning SQL function, so the planner inlines it.
create function reading_rollup (series int, since timestamptz, until timestamptz, width interval)
returns table (
  bucket timestamptz, n bigint, sum double precision, m2 double precision, min double precision, max double precision,
  first_time timestamptz, first double precision, last_time timestamptz, last double precision
)
language sql stable parallel safe
as $$
  select date_bin(width, reading.time, timestamptz '2000-01-01 00:00:00+00'),
         count(*),
         sum(reading.value),
         regr_sxx(reading.value, reading.value),
         min(reading.value),
         max(reading.value),
         min(reading.time),
         (min(array[date_part('epoch', reading.time), reading.value]))[2],
         max(reading.time),
         (max(array[date_part('epoch', reading.time), reading.value]))[2]
    from reading
   where reading.series_id = series and reading.time >= since and reading.time < until
   group by 1
$$;

create view rollup_15m as
select m.series_id, (m.bucket at time zone 'UTC')::date as day,
       m.bucket, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
  from materialised_15m as m
  left join stale_day as s on s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date
 where s.series_id is null or m.bucket + interval '15 minutes' <= s.since
union all
select s.series_id, s.day,
       r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
  from stale_day as s
 cross join lateral reading_rollup(
         s.series_id,
         date_bin(interval '15 minutes', s.since, timestamptz '2000-01-01 00:00:00+00'),
         (s.day + 1)::timestamp at time zone 'UTC',
         interval '15 minutes') as r;

create view rollup_1h as
select m.series_id, (m.bucket at time zone 'UTC')::date as day,
       m.bucket, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
  from materialised_1h as m
  left join stale_day as s on s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date
 where s.series_id is null or m.bucket + interval '1 hour' <= s.since
union all
select s.series_id, s.day,
       r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
  from stale_day as s
 cross join lateral reading_rollup(
         s.series_id,
         date_bin(interval '1 hour', s.since, timestamptz '2000-01-01 00:00:00+00'),
         (s.day + 1)::timestamp at time zone 'UTC',
         interval '1 hour') as r;

create view rollup_1d as
select m.series_id, (m.bucket at time zone 'UTC')::date as day,
       m.bucket, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
  from materialised_1d as m
 where not exists (select from stale_day as s where s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date)
union all
select s.series_id, s.day,
       r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
  from stale_day as s
 cross join lateral reading_rollup(
         s.series_id,
         s.day::timestamp at time zone 'UTC',
         (s.day + 1)::timestamp at time zone 'UTC',
         interval '1 day') as r;

-- What is stale in a window, as unbroken stretches of each series, from the earliest touched instant `since` of the first day to the end of the last.
-- A stale day continues the stretch of the day before it if it is stale from its first quarter of an hour on, the width of the finest rollup;
-- so a bulk load of years is one stretch, read in one go. A single select in SQL, which the planner inlines.
create function stale_stretch (series_ids int[], window_from timestamptz, window_to timestamptz)
returns table (series_id int, since timestamptz, until timestamptz)
language sql stable parallel safe
as $$
  select stretch.series_id, min(stretch.since), (max(stretch.day) + 1)::timestamp at time zone 'UTC'
    from (
      select marked.series_id, marked.day, marked.since,
             count(*) filter (where not marked.continues) over (partition by marked.series_id order by marked.day) as number
        from (
          select s.series_id, s.day, s.since,
                 s.since < s.day::timestamp at time zone 'UTC' + interval '15 minutes'
                   and lag(s.day, 1, date '-infinity') over (partition by s.series_id order by s.day) = s.day - 1 as continues
            from stale_day as s
           where s.series_id = any (series_ids)
             and s.day >= (window_from at time zone 'UTC')::date and s.day <= ((window_to - interval '1 microsecond') at time zone 'UTC')::date) as marked) as stretch
   group by stretch.series_id, stretch.number
$$;
