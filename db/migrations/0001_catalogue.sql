-- What is where: places, devices, metrics, and the series that tie them together.

-- One row. The id names this store in cursors; the engine is decided once, when the store is created.
create table store (
  id uuid not null default gen_random_uuid(),
  engine text not null check (engine in ('postgres', 'timescale')),
  created_at timestamptz not null default now()
);
create unique index store_is_one_row on store ((true));

-- One row. Every change of the catalogue raises the version, so that caches notice with one cheap look.
create table catalogue (
  version bigint not null
);
create unique index catalogue_is_one_row on catalogue ((true));
insert into catalogue (version) values (1);

create table location (
  id text primary key,
  factory text not null,
  building text,
  floor int,
  area text,
  timezone text not null,
  latitude double precision,
  longitude double precision
);

create table sensor (
  id text primary key,
  name text
);

-- The first placement of a sensor covers all earlier readings; its `since` is kept for display only.
create table placement (
  sensor_id text not null references sensor (id),
  since timestamptz not null,
  location_id text not null references location (id),
  primary key (sensor_id, since)
);

create table metric (
  id text primary key,
  name text not null,
  unit text not null,
  min double precision,
  max double precision,
  description text,
  -- The inputs and results of the derivations: their units are part of the formulas.
  built_in boolean not null default false
);
insert into metric (id, name, unit, min, max, description, built_in) values
  ('temperature', 'Temperature', 'Cel', -100, 2000, 'Air or surface temperature.', true),
  ('humidity', 'Relative humidity', '%', 0, 100, 'Relative humidity of the air. Where it is not measured it is derived from temperature and dew point (Magnus formula, WMO-No. 8).', true),
  ('dew_point', 'Dew point', 'Cel', -100, 100, 'The temperature at which the air would be saturated.', true),
  ('wind_speed', 'Wind speed', 'm/s', 0, 150, 'Speed of the wind.', true),
  ('perceived_temperature', 'Perceived temperature (체감온도)', 'Cel', -100, 100, 'Perceived temperature by the Korea Meteorological Administration: from temperature and humidity from May to September, from temperature and wind in the other months. Derived where it is not measured.', true);

-- One sensor, one metric, one location: the unit of storage and of batching. A sensor that was never placed has series without a location.
create table series (
  id int generated always as identity primary key,
  sensor_id text not null references sensor (id),
  metric_id text not null references metric (id),
  location_id text references location (id),
  unique nulls not distinct (sensor_id, metric_id, location_id)
);

create table threshold (
  id bigint generated always as identity primary key
);

-- An update closes a version and opens the next one, so that the past keeps its judgement.
create table threshold_version (
  threshold_id bigint not null references threshold (id),
  version int not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  metric_id text not null references metric (id),
  level text not null check (level in ('WARNING', 'CRITICAL')),
  min double precision,
  max double precision,
  factory text,
  building text,
  floor int,
  area text,
  location_id text references location (id),
  sensor_id text references sensor (id),
  -- Durations are ISO 8601 text, as given.
  for_duration text not null,
  clear_margin double precision not null,
  clear_duration text not null,
  no_data_after text,
  effective_from timestamptz,
  effective_to timestamptz,
  enabled boolean not null,
  primary key (threshold_id, version),
  check (min is null or max is null or min <= max),
  check (valid_from <= valid_to)
);
