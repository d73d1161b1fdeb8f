import type { Queryable } from '../pool.ts';
import type { RunKind } from './run-kind.ts';
import type { WouldChange } from './would-change.ts';

/** How far a run has come. */
export type RunState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';

/** A run as it is told. */
export interface RunRow {
  readonly id: number;
  readonly jobId: string;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly scheduledFor: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly dryRun: boolean;
  readonly attempt: number;
  readonly dueAt: string;
  /** Where the instance that is at it, or was the last to be, runs. */
  readonly host: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly progress: number | null;
  readonly doneUntil: string | null;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly rejected: number;
  readonly breaches: number;
  /** null of a run that is no dry run, and before it has ended. */
  readonly wouldChange: WouldChange | null;
  readonly code: string | null;
  readonly error: string | null;
}

/** Which runs: of a job and in some states, null being all, with an id below `beforeId`; at most `limit`. */
export interface RunQuestion {
  readonly jobId: string | null;
  readonly states: readonly RunState[] | null;
  readonly beforeId: number;
  readonly limit: number;
}

const COLUMNS = `run.id, run.job_id as "jobId", run.kind, run.state, run.scheduled_for as "scheduledFor", run.from_time as "from", run.to_time as "to", run.dry_run as "dryRun",
             run.attempt, run.due_at as "dueAt", (select host from etl_instance as instance where instance.id = run.instance_id) as host,
             run.created_at as "createdAt", run.started_at as "startedAt", run.finished_at as "finishedAt", run.progress, run.done_until as "doneUntil",
             run.received, run.loaded, run.corrected, run.unchanged, run.derived, run.rejected, run.breaches,
             run.would_change as "wouldChange", run.error_code as code, run.error`;

/** Reads a page of runs, the newest first. */
export async function selectRuns(db: Queryable, question: RunQuestion): Promise<readonly RunRow[]> {
  const { rows } = await db.query<RunRow>(statementOf(question));
  return rows;
}

function statementOf({ jobId, states, beforeId, limit }: RunQuestion): { readonly name: string; readonly text: string; readonly values: unknown[] } {
  const page = [beforeId, limit];
  if (jobId === null && states === null) return { name: 'select_runs', text: PAGE, values: page };
  if (states === null) return { name: 'select_runs_of_job', text: PAGE_OF_JOB, values: [...page, jobId] };
  if (jobId === null) return { name: 'select_runs_in_states', text: PAGE_IN_STATES, values: [...page, states] };
  return { name: 'select_runs_of_job_in_states', text: PAGE_OF_JOB_IN_STATES, values: [...page, jobId, states] };
}

const NEWEST_FIRST = 'order by run.id desc limit $2::int';
const PAGE = `select ${COLUMNS} from etl_run as run where run.id < $1::bigint ${NEWEST_FIRST}`;

/** Newest first as the index has them that begins with this column: said with `=`, PostgreSQL may go through all runs by their ids until it has found enough of a rare one. */
function pageBy(column: 'job_id' | 'state', value: string, beforeId: string): string {
  return `(run.${column}, run.id) < (${value}, ${beforeId}) and run.${column} >= ${value}`;
}

const OF_JOB = pageBy('job_id', '$3::text', '$1::bigint');
const NEWEST_OF_JOB_FIRST = 'order by run.job_id desc, run.id desc limit $2::int';
const PAGE_OF_JOB = `select ${COLUMNS} from etl_run as run where ${OF_JOB} ${NEWEST_OF_JOB_FIRST}`;
const PAGE_OF_JOB_IN_STATES = `select ${COLUMNS} from etl_run as run where ${OF_JOB} and run.state = any ($4::text[]) ${NEWEST_OF_JOB_FIRST}`;
const PAGE_IN_STATES = `
      select ${COLUMNS}
        from (select distinct state from unnest($3::text[]) as wanted (state)) as wanted
       cross join lateral (
         select * from etl_run as run where ${pageBy('state', 'wanted.state', '$1::bigint')} order by run.state desc, run.id desc limit $2::int) as run
       ${NEWEST_FIRST}`;

/** The runs with these ids, of those that there are. */
export async function selectRunsById(db: Queryable, ids: readonly number[]): Promise<readonly RunRow[]> {
  const { rows } = await db.query<RunRow>({
    name: 'select_runs_by_id',
    text: `select ${COLUMNS} from etl_run as run where run.id = any ($1::bigint[])`,
    values: [ids],
  });
  return rows;
}

/** The newest run of each of these jobs, or the newest that succeeded and was no dry run, of those that have one. */
export async function selectLastRuns(db: Queryable, jobIds: readonly string[], which: 'any' | 'succeeded'): Promise<readonly RunRow[]> {
  const isWanted = which === 'any' ? '' : ` and run.state = 'SUCCEEDED' and not run.dry_run`;
  const { rows } = await db.query<RunRow>({
    name: which === 'any' ? 'select_last_runs' : 'select_last_runs_that_succeeded',
    text: `
      select ${COLUMNS}
        from unnest($1::text[]) as wanted (job_id)
       cross join lateral (
         select * from etl_run as run where ${pageBy('job_id', 'wanted.job_id', `${Number.MAX_SAFE_INTEGER}`)}${isWanted} order by run.job_id desc, run.id desc limit 1) as run`,
    values: [jobIds],
  });
  return rows;
}

/** A tick of a job's schedule. */
export interface Tick {
  readonly jobId: string;
  readonly scheduledFor: string;
}

/** The runs of ticks, of those that have one. */
export async function selectRunsOfTicks(db: Queryable, ticks: readonly Tick[]): Promise<readonly RunRow[]> {
  const { rows } = await db.query<RunRow>({
    name: 'select_runs_of_ticks',
    text: `
      select ${COLUMNS}
        from unnest($1::text[], $2::timestamptz[]) as wanted (job_id, scheduled_for)
        join etl_run as run on run.job_id = wanted.job_id and run.scheduled_for = wanted.scheduled_for and run.kind = 'SCHEDULED'`,
    values: [ticks.map(({ jobId }) => jobId), ticks.map(({ scheduledFor }) => scheduledFor)],
  });
  return rows;
}

/** A run that refused a record, by the record's id. */
export interface RefusingRun extends RunRow {
  readonly rejectedId: number;
}

/** The runs that refused each of these records, the newest first: at most `limit` of each. */
export async function selectRunsOfRejected(db: Queryable, rejectedIds: readonly number[], limit: number): Promise<readonly RefusingRun[]> {
  const { rows } = await db.query<RefusingRun>({
    name: 'select_runs_of_rejected',
    text: `
      select refusal.rejected_id as "rejectedId", ${COLUMNS}
        from unnest($1::bigint[]) as wanted (rejected_id)
       cross join lateral (
         select rejected_id, run_id from etl_run_rejected as refusal where refusal.rejected_id = wanted.rejected_id order by run_id desc limit $2::int) as refusal
        join etl_run as run on run.id = refusal.run_id
       order by refusal.rejected_id, run.id desc`,
    values: [rejectedIds, limit],
  });
  return rows;
}

/** A run and how it stands, all in one text that changes with the run or its steps. */
export interface WatchedRun {
  readonly run: RunRow;
  readonly mark: string;
}

/** How runs stand, of those that there are. */
export async function selectWatchedRuns(db: Queryable, ids: readonly number[]): Promise<readonly WatchedRun[]> {
  const { rows } = await db.query<RunRow & { readonly mark: string }>({
    name: 'select_watched_runs',
    text: `
      select ${COLUMNS},
             concat_ws(' ', run.xmin, (select string_agg(concat(step.ctid, step.xmin), ' ' order by step.attempt, step.position) from etl_step as step where step.run_id = run.id)) as mark
        from etl_run as run
       where run.id = any ($1::bigint[])`,
    values: [ids],
  });
  return rows.map(({ mark, ...run }) => ({ run, mark }));
}
