-- What each batch of a run that is not over wrote of its series, in measured readings, as arrays that are parallel: what validation compares with what is stored, whichever attempt wrote it. Deleted when the run ends.
create table batch_sum (
  batch_id int primary key,
  run_id bigint not null references etl_run (id) on delete cascade,
  series_ids int[] not null,
  counts int[] not null,
  sums double precision[] not null,
  -- Sums of absolute values, which bound by how much two sums of the same values may differ.
  magnitudes double precision[] not null,
  first_times timestamptz[] not null,
  last_times timestamptz[] not null
);
create index batch_sum_by_run on batch_sum (run_id);
