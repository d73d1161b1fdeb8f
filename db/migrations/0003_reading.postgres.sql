-- One row a reading. Range partitions by calendar month (UTC) are attached as loads need them.
-- `derived` stands before `time` because there it fills padding and costs nothing.
create table reading (
  series_id int not null,
  derived boolean not null default false,
  time timestamptz not null,
  value double precision not null,
  primary key (series_id, time)
) partition by range (time);

create table materialised_15m (
  series_id int not null,
  bucket timestamptz not null,
  n bigint not null,
  sum double precision not null,
  m2 double precision not null,
  min double precision not null,
  max double precision not null,
  first_time timestamptz not null,
  first double precision not null,
  last_time timestamptz not null,
  last double precision not null,
  primary key (series_id, bucket)
);
create table materialised_1h (like materialised_15m including all);
create table materialised_1d (like materialised_15m including all);
