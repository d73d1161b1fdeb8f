-- What PostGraphile is given beside Thermograph's tables: the points of a series between two instants, and the series of some sensors.
create schema if not exists peer;
drop function if exists peer.series_hourly, peer.series_of;
drop type if exists peer.hour;

create type peer.hour as (start timestamptz, min double precision, max double precision, avg double precision);

create function peer.series_hourly (series public.series, since timestamptz, until timestamptz) returns setof peer.hour
language sql stable parallel safe
as $$
  select m.bucket, m.min, m.max, m.sum / m.n
    from public.materialised_1h as m
   where m.series_id = series.id and m.bucket >= since and m.bucket < until
   order by m.bucket
$$;

create function peer.series_of (sensors text[], metric text) returns setof public.series
language sql stable parallel safe
as $$
  select * from public.series where sensor_id = any (sensors) and metric_id = metric order by sensor_id
$$;
