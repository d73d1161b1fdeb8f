import DataLoader from 'dataloader';
import { InvalidArgumentError } from '../db/errors.ts';
import { type RunRow, type RunState, selectLastRuns, selectRuns, selectRunsById, selectRunsOfRejected, selectRunsOfTicks } from '../db/etl/run-page.ts';
import { type SlaMissRow, selectSlaMisses } from '../db/etl/sla-miss-page.ts';
import { selectStepsOfRuns, type ToldStep } from '../db/etl/steps-of-runs.ts';
import { formatInstant, type TimeWindow } from '../db/time/instant.ts';
import { groupsInOrder, rowsInOrder } from './groups-in-order.ts';
import { lazily } from './lazily.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';
import type { Scene } from './scene.ts';
import { readWindow, readZone } from './time-arguments.ts';

export interface RunsArguments extends PageArguments {
  readonly job?: string | null;
  readonly states?: readonly RunState[] | null;
}

export interface SlaMissesArguments extends PageArguments {
  readonly jobs?: readonly string[] | null;
}

/** What is to be loaded again, as a caller says it. */
export interface RunWindowArguments {
  readonly from?: string | null;
  readonly to?: string | null;
  readonly timezone?: string | null;
}

/** Runs of jobs and what they consist of, by a number of statements that depends on the document alone. */
export interface RunLoaders {
  /** The newest first. */
  page(args: RunsArguments): Promise<Page<RunRow>>;
  /** null where nobody has this id. */
  byId(id: string): Promise<RunRow | null>;
  byNumber(id: number): Promise<RunRow | null>;
  lastOf(jobId: string): Promise<RunRow | null>;
  /** The last that succeeded. */
  lastSuccessOf(jobId: string): Promise<RunRow | null>;
  stepsOf(run: RunRow): Promise<readonly ToldStep[]>;
  /** Those that refused a record, the newest first. */
  ofRejected(rejectedId: number): Promise<readonly RunRow[]>;
  /** In the order in which they were noticed. */
  slaMisses(args: SlaMissesArguments): Promise<Page<SlaMissRow>>;
  runOfTick(tick: SlaMissRow): Promise<RunRow | null>;
  /** What is to be loaded again; null where that is whatever is new. */
  readRunWindow(args: RunWindowArguments): TimeWindow | null;
}

/** A record that every run of a year refused has thousands. */
const MAX_RUNS_PER_REJECTED = 100;

/** For one request. */
export function createRunLoaders(scene: Scene): RunLoaders {
  const { db, budget } = scene;
  const charged = <R, L extends readonly R[]>(rows: L): L => {
    budget.chargeNodes(rows.length);
    return rows;
  };
  const chargedPage = <N>(page: Page<N>): Page<N> => {
    budget.chargeNodes(page.nodes.length);
    return page;
  };
  const runs = lazily(() => new DataLoader(async (ids: readonly number[]) => rowsInOrder(ids, await selectRunsById(db, ids), ({ id }) => id)));
  const lastRuns = lazily(() => new DataLoader(async (ids: readonly string[]) => rowsInOrder(ids, await selectLastRuns(db, ids, 'any'), ({ jobId }) => jobId)));
  const lastSuccesses = lazily(
    () => new DataLoader(async (ids: readonly string[]) => rowsInOrder(ids, await selectLastRuns(db, ids, 'succeeded'), ({ jobId }) => jobId)),
  );
  const steps = lazily(() => new DataLoader(async (ids: readonly number[]) => groupsInOrder(ids, await selectStepsOfRuns(db, ids), ({ runId }) => runId)));
  const refusing = lazily(
    () =>
      new DataLoader(async (ids: readonly number[]) =>
        groupsInOrder(ids, await selectRunsOfRejected(db, ids, MAX_RUNS_PER_REJECTED), ({ rejectedId }) => rejectedId),
      ),
  );
  const ticks = lazily(
    () =>
      new DataLoader(
        async (wanted: readonly SlaMissRow[]) => {
          const found = new Map((await selectRunsOfTicks(db, wanted)).map((run) => [tickKey(run.jobId, run.scheduledFor), run]));
          return wanted.map(({ jobId, scheduledFor }) => found.get(tickKey(jobId, scheduledFor)) ?? null);
        },
        { cacheKeyFn: ({ id }) => id },
      ),
  );
  return {
    page: async (args) => chargedPage(await loadRuns(scene, args)),
    byId: async (id) => (isRowId(id) ? runs().load(Number(id)) : null),
    byNumber: (id) => runs().load(id),
    lastOf: (jobId) => lastRuns().load(jobId),
    lastSuccessOf: (jobId) => lastSuccesses().load(jobId),
    stepsOf: async ({ id }) => charged(await steps().load(id)),
    ofRejected: async (rejectedId) => charged(await refusing().load(rejectedId)),
    slaMisses: async (args) => chargedPage(await loadSlaMisses(scene, args)),
    runOfTick: (tick) => ticks().load(tick),
    readRunWindow: (args) => readRunWindow(scene, args),
  };
}

/** The cursor of a miss, of pages and of the subscription. */
export function writeSlaMissCursor(id: number): string {
  return writeCursor('slaMiss', [id]);
}

/** The id in such a cursor; null where there is none. Throws InvalidArgumentError for what is none. */
export function readSlaMissCursor(cursor: string | null | undefined): number | null {
  return readCursor('slaMiss', cursor, isNumber)?.[0] ?? null;
}

/** Whether a text can be the id of a row that counts up. */
export function isRowId(id: string, greatest = Number.MAX_SAFE_INTEGER): boolean {
  return /^[1-9]\d{0,15}$/.test(id) && Number(id) <= greatest;
}

async function loadRuns(scene: Scene, { job = null, states = null, first, after }: RunsArguments): Promise<Page<RunRow>> {
  const size = readPageSize(first, 100);
  const position = readCursor('etlRun', after, isNumber);
  // PostgreSQL refuses text with NUL, which no job has in its id.
  const jobId = job?.includes('\u0000') === true ? '' : job;
  const rows = await selectRuns(scene.db, { jobId, states, beforeId: position?.[0] ?? Number.MAX_SAFE_INTEGER, limit: size + 1 });
  return createPage(rows.slice(0, size), ({ id }) => writeCursor('etlRun', [id]), { hasNextPage: rows.length > size, hasPreviousPage: position !== null });
}

async function loadSlaMisses(scene: Scene, { jobs = null, first, after }: SlaMissesArguments): Promise<Page<SlaMissRow>> {
  const size = readPageSize(first, 100);
  const afterId = readSlaMissCursor(after);
  const jobIds = jobs?.filter((id) => !id.includes('\u0000')) ?? null;
  const rows = await selectSlaMisses(scene.db, { jobIds, afterId: afterId ?? 0, limit: size + 1 });
  return createPage(rows.slice(0, size), ({ id }) => writeSlaMissCursor(id), { hasNextPage: rows.length > size, hasPreviousPage: afterId !== null });
}

function readRunWindow(scene: Scene, { from = null, to = null, timezone }: RunWindowArguments): TimeWindow | null {
  const zone = readZone({ timezone: timezone ?? null }, scene);
  if (from !== null) return readPast(readWindow({ from, to }, zone, scene), from, scene);
  if (to !== null) throw new InvalidArgumentError('to', to, 'a run that ends at an instant begins at one: give from too, or neither, to fetch whatever is new');
  return null;
}

function readPast(window: TimeWindow, from: string, { now }: Scene): TimeWindow {
  if (window.from < now) return window;
  throw new InvalidArgumentError('from', from, `what is loaded again begins in the past, and that is ${formatInstant(window.from)}`);
}

function tickKey(jobId: string, scheduledFor: string | null): string {
  return `${scheduledFor} ${jobId}`;
}

function isNumber(key: readonly unknown[]): key is readonly [number] {
  return key.length === 1 && Number.isSafeInteger(key[0]);
}
