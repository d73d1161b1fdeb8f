-- The rollups that questions read: materialised rows as far as they are current, the rest from readings. Exact whether the refresher has run or not.
--
-- Each is a function of series and a window, so that the planner knows the window when it decides which partitions and chunks of `reading` matter:
-- through a view, each stale day asked every chunk of the history (1 ms a day and series at 214 chunks).
-- All of them are single selects in SQL, which the planner inlines. The views of the same names are for people and tools that look at the store.

-- Readings of one series in [since, until), summarised over `width`, a width that divides a UTC day.
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

-- What is stale in a window, as unbroken stretches [since, until) of each series: the rollups of `width` from the bucket of `since` on are behind.
-- A stale day continues the stretch of the day before it if its own first stale bucket is its first one; so a bulk load of years is one stretch, read in one go.
create function stale_stretch (series_ids int[], window_from timestamptz, window_to timestamptz, width interval)
returns table (series_id int, since timestamptz, until timestamptz)
language sql stable parallel safe
as $$
  select stretch.series_id,
         greatest(date_bin(width, min(stretch.since), timestamptz '2000-01-01 00:00:00+00'), window_from),
         least((max(stretch.day) + 1)::timestamp at time zone 'UTC', window_to)
    from (
      select marked.series_id, marked.day, marked.since,
             count(*) filter (where not marked.continues) over (partition by marked.series_id order by marked.day) as number
        from (
          select s.series_id, s.day, s.since,
                 s.since < s.day::timestamp at time zone 'UTC' + width
                   and lag(s.day, 1, date '-infinity') over (partition by s.series_id order by s.day) = s.day - 1 as continues
            from stale_day as s
           where s.series_id = any (series_ids)
             and s.day >= (window_from at time zone 'UTC')::date and s.day <= ((window_to - interval '1 microsecond') at time zone 'UTC')::date) as marked) as stretch
   group by stretch.series_id, stretch.number
$$;

-- Rollups over a quarter of an hour of whole buckets in [window_from, window_to).
create function rollup_15m (series_ids int[], window_from timestamptz, window_to timestamptz)
returns table (
  series_id int, bucket timestamptz, n bigint, sum double precision, m2 double precision, min double precision, max double precision,
  first_time timestamptz, first double precision, last_time timestamptz, last double precision
)
language sql stable parallel safe
as $$
  select m.series_id, m.bucket, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
    from materialised_15m as m
    left join stale_day as s
      on s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date
     and s.series_id = any (series_ids) and s.day >= (window_from at time zone 'UTC')::date and s.day <= ((window_to - interval '1 microsecond') at time zone 'UTC')::date
   where m.series_id = any (series_ids) and m.bucket >= window_from and m.bucket < window_to
     and (s.series_id is null or m.bucket + interval '15 minutes' <= s.since)
  union all
  select stale.series_id, r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
    from stale_stretch(series_ids, window_from, window_to, interval '15 minutes') as stale
   cross join lateral (
      select date_bin(interval '15 minutes', reading.time, timestamptz '2000-01-01 00:00:00+00') as bucket,
             count(*) as n,
             sum(reading.value) as sum,
             regr_sxx(reading.value, reading.value) as m2,
             min(reading.value) as min,
             max(reading.value) as max,
             min(reading.time) as first_time,
             (min(array[date_part('epoch', reading.time), reading.value]))[2] as first,
             max(reading.time) as last_time,
             (max(array[date_part('epoch', reading.time), reading.value]))[2] as last
        from reading
       where reading.series_id = stale.series_id and reading.time >= stale.since and reading.time < stale.until
         -- Said again with the window itself, which is known when the statement is planned.
         and reading.time >= window_from and reading.time < window_to
       group by 1) as r
$$;

create view rollup_15m as
select r.series_id, (r.bucket at time zone 'UTC')::date as day, r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
  from series
 cross join lateral rollup_15m(array[series.id], timestamptz '-infinity', timestamptz 'infinity') as r;

-- Rollups over an hour of whole buckets in [window_from, window_to).
create function rollup_1h (series_ids int[], window_from timestamptz, window_to timestamptz)
returns table (
  series_id int, bucket timestamptz, n bigint, sum double precision, m2 double precision, min double precision, max double precision,
  first_time timestamptz, first double precision, last_time timestamptz, last double precision
)
language sql stable parallel safe
as $$
  select m.series_id, m.bucket, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
    from materialised_1h as m
    left join stale_day as s
      on s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date
     and s.series_id = any (series_ids) and s.day >= (window_from at time zone 'UTC')::date and s.day <= ((window_to - interval '1 microsecond') at time zone 'UTC')::date
   where m.series_id = any (series_ids) and m.bucket >= window_from and m.bucket < window_to
     and (s.series_id is null or m.bucket + interval '1 hour' <= s.since)
  union all
  select stale.series_id, r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
    from stale_stretch(series_ids, window_from, window_to, interval '1 hour') as stale
   cross join lateral (
      select date_bin(interval '1 hour', reading.time, timestamptz '2000-01-01 00:00:00+00') as bucket,
             count(*) as n,
             sum(reading.value) as sum,
             regr_sxx(reading.value, reading.value) as m2,
             min(reading.value) as min,
             max(reading.value) as max,
             min(reading.time) as first_time,
             (min(array[date_part('epoch', reading.time), reading.value]))[2] as first,
             max(reading.time) as last_time,
             (max(array[date_part('epoch', reading.time), reading.value]))[2] as last
        from reading
       where reading.series_id = stale.series_id and reading.time >= stale.since and reading.time < stale.until
         -- Said again with the window itself, which is known when the statement is planned.
         and reading.time >= window_from and reading.time < window_to
       group by 1) as r
$$;

create view rollup_1h as
select r.series_id, (r.bucket at time zone 'UTC')::date as day, r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
  from series
 cross join lateral rollup_1h(array[series.id], timestamptz '-infinity', timestamptz 'infinity') as r;

-- Rollups over a UTC day of whole buckets in [window_from, window_to).
create function rollup_1d (series_ids int[], window_from timestamptz, window_to timestamptz)
returns table (
  series_id int, bucket timestamptz, n bigint, sum double precision, m2 double precision, min double precision, max double precision,
  first_time timestamptz, first double precision, last_time timestamptz, last double precision
)
language sql stable parallel safe
as $$
  select m.series_id, m.bucket, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
    from materialised_1d as m
    left join stale_day as s
      on s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date
     and s.series_id = any (series_ids) and s.day >= (window_from at time zone 'UTC')::date and s.day <= ((window_to - interval '1 microsecond') at time zone 'UTC')::date
   where m.series_id = any (series_ids) and m.bucket >= window_from and m.bucket < window_to
     and (s.series_id is null or m.bucket + interval '1 day' <= s.since)
  union all
  select stale.series_id, r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
    from stale_stretch(series_ids, window_from, window_to, interval '1 day') as stale
   cross join lateral (
      select date_bin(interval '1 day', reading.time, timestamptz '2000-01-01 00:00:00+00') as bucket,
             count(*) as n,
             sum(reading.value) as sum,
             regr_sxx(reading.value, reading.value) as m2,
             min(reading.value) as min,
             max(reading.value) as max,
             min(reading.time) as first_time,
             (min(array[date_part('epoch', reading.time), reading.value]))[2] as first,
             max(reading.time) as last_time,
             (max(array[date_part('epoch', reading.time), reading.value]))[2] as last
        from reading
       where reading.series_id = stale.series_id and reading.time >= stale.since and reading.time < stale.until
         -- Said again with the window itself, which is known when the statement is planned.
         and reading.time >= window_from and reading.time < window_to
       group by 1) as r
$$;

create view rollup_1d as
select r.series_id, (r.bucket at time zone 'UTC')::date as day, r.bucket, r.n, r.sum, r.m2, r.min, r.max, r.first_time, r.first, r.last_time, r.last
  from series
 cross join lateral rollup_1d(array[series.id], timestamptz '-infinity', timestamptz 'infinity') as r;
