-- How far a backfill has come in the pieces of its source, written in the transactions of its batches: where another attempt goes on. Deleted as soon as that is known otherwise: when its chunk is done, and when the run ends.
create table etl_run_position (
  run_id bigint not null references etl_run (id) on delete cascade,
  -- A file by its content, an address, a partition.
  piece text not null,
  position jsonb not null,
  primary key (run_id, piece)
);
