-- The newest reading of every series and what the planner needs to know before it asks. Its row is the lock of its series: one writer at a time.
create table series_latest (
  series_id int primary key references series (id),
  time timestamptz,
  value double precision,
  derived boolean not null default false,
  first_time timestamptz,
  readings bigint not null default 0
) with (fillfactor = 70);

-- The (series, UTC day) pairs whose rollups are behind from `since` on. A load raises the generation; the refresher deletes only a generation that it has read.
create table stale_day (
  series_id int not null,
  day date not null,
  since timestamptz not null,
  generation bigint not null default 1,
  primary key (series_id, day)
);

-- Input that could not be loaded, whole, once for each reason.
create table rejected_reading (
  id bigint generated always as identity primary key,
  code text not null,
  message text not null,
  record text not null,
  count bigint not null default 1,
  first_seen timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  fingerprint uuid not null generated always as (md5(code || ' ' || record)::uuid) stored unique
);

-- Combines {n, sum, m2} of disjoint sets of readings by the formula of Chan, Golub and LeVeque, as PostgreSQL's own parallel variance does:
-- m2 of the whole is the sum of the parts' m2 and of n1 * n2 / n * (mean1 - mean2)^2, never a difference of two large sums.
create aggregate combine_moments (double precision[]) (
  sfunc = float8_combine,
  stype = double precision[],
  combinefunc = float8_combine,
  initcond = '{0,0,0}',
  parallel = safe
);
