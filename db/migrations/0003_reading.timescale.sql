-- One row a reading, in a hypertable; `derived` stands before `time` because there it fills padding and costs nothing.
create table reading (
  series_id int not null,
  derived boolean not null default false,
  time timestamptz not null,
  value double precision not null,
  primary key (series_id, time)
);
-- The key serves every question, so the default index on time alone would only cost room.
select create_hypertable('reading', by_range('time', interval '7 days'), create_default_indexes => false);
alter table reading set (timescaledb.compress, timescaledb.compress_segmentby = 'series_id', timescaledb.compress_orderby = 'time');

-- Materialised only and without policies of their own: the refresher is the only one that refreshes them, and the views below add what they miss.
create materialized view materialised_15m with (timescaledb.continuous, timescaledb.materialized_only = true) as
select series_id,
       time_bucket('15 minutes', time) as bucket,
       count(*) as n,
       sum(value) as sum,
       regr_sxx(value, value) as m2,
       min(value) as min,
       max(value) as max,
       min(time) as first_time,
       first(value, time) as first,
       max(time) as last_time,
       last(value, time) as last
  from reading
 group by 1, 2
  with no data;

create materialized view materialised_1h with (timescaledb.continuous, timescaledb.materialized_only = true) as
select series_id,
       time_bucket('1 hour', bucket) as bucket,
       sum(n)::bigint as n,
       sum(sum) as sum,
       (combine_moments(array[n, sum, m2]::double precision[]))[3] as m2,
       min(min) as min,
       max(max) as max,
       min(first_time) as first_time,
       first(first, first_time) as first,
       max(last_time) as last_time,
       last(last, last_time) as last
  from materialised_15m
 group by 1, 2
  with no data;

create materialized view materialised_1d with (timescaledb.continuous, timescaledb.materialized_only = true) as
select series_id,
       time_bucket('1 day', bucket) as bucket,
       sum(n)::bigint as n,
       sum(sum) as sum,
       (combine_moments(array[n, sum, m2]::double precision[]))[3] as m2,
       min(min) as min,
       max(max) as max,
       min(first_time) as first_time,
       first(first, first_time) as first,
       max(last_time) as last_time,
       last(last, last_time) as last
  from materialised_1h
 group by 1, 2
  with no data;
