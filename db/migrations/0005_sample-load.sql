-- At most one row: the question of the bundled sample is settled (loaded, or declined when the store was new), or its load was begun and did not end (finished_at is null).
create table sample_load (
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index sample_load_is_one_row on sample_load ((true));
