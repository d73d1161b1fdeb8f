-- Jobs, their runs and what each of them loaded: every reading knows its batch, every batch its run and where in its source it stood.

-- Gateways that run jobs. One is alive while it holds the advisory lock of its number.
create table etl_instance (
  id int generated always as identity primary key,
  host text not null,
  -- The name under which its workers lock jobs of the queue.
  pool text,
  started_at timestamptz not null default now()
);

-- How far the schedule of a job is worked off.
create table etl_schedule (
  job_id text primary key,
  -- Every tick up to it has a run, or is covered by a later one.
  tick timestamptz not null,
  -- Up to where runs by the schedule have succeeded without a gap: where the window of the next one begins.
  done_until timestamptz,
  -- Every tick up to it has been looked at for its service level.
  sla_until timestamptz not null
);

-- One execution of one job over one window. Its counts are raised in the transactions of its batches, which also see whether it is still theirs.
create table etl_run (
  id bigint generated always as identity primary key,
  job_id text not null,
  kind text not null check (kind in ('SCHEDULED', 'MANUAL', 'BACKFILL', 'STREAM')),
  state text not null default 'QUEUED' check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT')),
  -- The tick of the schedule that it is for.
  scheduled_for timestamptz,
  -- Half-open; null on either side: whatever is new.
  from_time timestamptz,
  to_time timestamptz,
  dry_run boolean not null default false,
  -- The first is 1; 0 before it.
  attempt int not null default 0,
  -- Attempts that failed, of those that count against the job's retries.
  failures int not null default 0,
  -- When the next attempt may begin, while it is queued.
  due_at timestamptz not null default now(),
  instance_id int references etl_instance (id),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  -- From 0 to 1, null where the end is not known; of a backfill also up to where whole chunks are done.
  progress double precision,
  done_until timestamptz,
  received bigint not null default 0,
  loaded bigint not null default 0,
  corrected bigint not null default 0,
  unchanged bigint not null default 0,
  derived bigint not null default 0,
  rejected bigint not null default 0,
  breaches bigint not null default 0,
  -- What a dry run found that it would change, null for others.
  would_change jsonb,
  error_code text,
  error text
);
create unique index etl_run_of_tick on etl_run (job_id, scheduled_for) where kind = 'SCHEDULED';
create index etl_run_by_job on etl_run (job_id, id);
create index etl_run_by_state on etl_run (state, id);

-- The steps of each attempt of a run, in their order.
create table etl_step (
  run_id bigint not null references etl_run (id) on delete cascade,
  attempt int not null,
  position int not null,
  name text not null,
  started_at timestamptz not null,
  -- null while it is under way.
  finished_at timestamptz,
  error text,
  -- What the step found, such as the series whose counts do not agree.
  detail jsonb,
  primary key (run_id, attempt, position)
);

-- How far a job has come in a source: a file by its content, a partition, a watermark. Written in the transactions of the batches.
create table etl_position (
  job_id text not null,
  source text not null,
  position jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (job_id, source)
);

-- Which instants the messages of a numbered stream have written, while earlier messages may still come: from another instance, or again. 16 bytes each: hash of series and time, number of the message.
create table etl_written (
  job_id text not null,
  source text not null,
  to_sequence bigint not null,
  written bytea not null,
  primary key (job_id, source, to_sequence)
);

-- What was loaded in one transaction, by a job or without one.
create table batch (
  id int generated always as identity primary key,
  -- null where no job loaded it.
  run_id bigint references etl_run (id) on delete cascade,
  -- A file, an address, a topic.
  source text not null,
  -- Where in the source its first and its last record stood.
  position_from text,
  position_to text,
  committed_at timestamptz not null default now(),
  received int not null,
  loaded int not null,
  corrected int not null,
  unchanged int not null,
  derived int not null,
  rejected int not null,
  breaches int not null
);
create index batch_by_run on batch (run_id, id) where run_id is not null;

-- The batch that wrote a reading last; null for what was loaded before batches had numbers. No default and no check, so that the table is not rewritten.
alter table reading add column batch_id int;

-- What measured readings were before a batch gave them another value: a row for each of its series, because a row for each reading cost as much as the correction itself.
create table correction_log (
  batch_id int not null,
  series_id int not null,
  -- Of the times.
  first_time timestamptz not null,
  last_time timestamptz not null,
  -- Parallel and ascending; a batch of 0 is none: loaded before batches had numbers.
  times timestamptz[] not null,
  old_values double precision[] not null,
  new_values double precision[] not null,
  old_batch_ids int[] not null,
  primary key (batch_id, series_id)
);
create index correction_log_by_series on correction_log (series_id, last_time);

-- A row for each corrected reading. Statements that filter on `time` filter on first_time and last_time too.
create view correction as
select log.series_id, noted.time, log.batch_id, noted.old_value, noted.new_value, nullif(noted.old_batch_id, 0) as old_batch_id, log.first_time, log.last_time
  from correction_log as log
 cross join lateral unnest(log.times, log.old_values, log.new_values, log.old_batch_ids) as noted (time, old_value, new_value, old_batch_id);

-- What a job has brought of a series: how fresh it is, and how much came when newer readings of the same series were there.
create table etl_series (
  job_id text not null,
  series_id int not null references series (id),
  first_time timestamptz not null,
  last_time timestamptz not null,
  readings bigint not null,
  late bigint not null,
  loaded_at timestamptz not null default now(),
  primary key (job_id, series_id)
);

-- How a rejected record has to be read when it is tried again, which is a part of what makes two the same, and in which runs it was refused.
alter table rejected_reading add column reader jsonb, drop column fingerprint;
alter table rejected_reading
  add column fingerprint uuid not null generated always as (md5(code || ' ' || record || coalesce(' ' || reader::text, ''))::uuid) stored unique;
create index rejected_reading_by_age on rejected_reading (last_seen);
create table etl_run_rejected (
  run_id bigint not null references etl_run (id) on delete cascade,
  rejected_id bigint not null references rejected_reading (id) on delete cascade,
  count bigint not null,
  primary key (run_id, rejected_id)
);
create index etl_run_rejected_by_rejected on etl_run_rejected (rejected_id);

-- A run of a job that had not succeeded when its service level said it should have.
create table sla_miss (
  id bigint generated always as identity primary key,
  job_id text not null,
  -- The tick whose run should have been done.
  scheduled_for timestamptz not null,
  due_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  unique (job_id, scheduled_for)
);

-- What an input with an Idempotency-Key was answered, so that the same request is answered the same.
create table idempotency_key (
  key text primary key,
  -- SHA-256 of parameters and body.
  content bytea not null,
  -- json, which keeps the order of its members.
  answer json not null,
  created_at timestamptz not null default now()
);
create index idempotency_key_by_age on idempotency_key (created_at);

-- The earliest instant touched since the refresher last looked: of a day that is written to while it is being refreshed, only what came from there on stays stale.
alter table stale_day add column touched_since timestamptz;
