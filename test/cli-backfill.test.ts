import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { backfillHere } from '../server/backfill-here.ts';
import type { BackfillState } from '../server/backfill-report.ts';
import { runCommandLine } from '../server/command-line.ts';
import { createLogger } from '../server/logger.ts';
import type { WantedBackfill } from '../server/wanted-backfill.ts';
import { RunningCommand } from './support/command.ts';
import { useDatabase } from './support/database.ts';
import { runOn } from './support/test-server.ts';

const DAYS = 12;
const SENSORS = 20;
const WINDOW = ['--from', '2026-02-01', '--to', `2026-02-${String(DAYS + 1).padStart(2, '0')}`];

describe('thermograph backfill', () => {
  const db = useDatabase();
  const commands: RunningCommand[] = [];
  let folder = '';

  beforeAll(async () => {
    // The source is another schema of the same database: it is only read.
    await runOn(
      db.url,
      'create schema plant',
      `create table plant.history as
       select timestamptz '2026-01-31' + step * interval '15 minutes' as measured_at, 'k-' || sensor as tag, round((20 + 10 * sin(step / 50.0 + sensor))::numeric, 3) as amount
         from generate_series(0, ${(DAYS + 2) * 96 - 1}) as step, generate_series(1, ${SENSORS}) as sensor`,
    );
    folder = await mkdtemp(join(tmpdir(), 'thermograph-jobs-'));
    await writeFile(
      join(folder, 'plant.yaml'),
      `
source:
  kind: database
  url: ${db.url}
  table: plant.history
  columns: { time: measured_at, sensor: tag, temperature: amount }
mapping: { register: true }
backfill: { chunk: 1d, batchSize: 500, share: 0.5 }`,
    );
  });
  afterEach(async () => {
    for (const command of commands.splice(0)) await command.end();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function runs() {
    const { rows } = await db.pool.query<{ id: number; state: string; attempt: number; received: number; done_until: string | null }>(
      'select id, state, attempt, received, done_until from etl_run order by id',
    );
    return rows;
  }

  /** Waits until a part of the window is done, or one more than before. */
  async function untilSomeIsDone(before: string | null = null): Promise<void> {
    for (const giveUpAt = Date.now() + 40_000; Date.now() < giveUpAt; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const run = (await runs()).at(-1);
      if (run?.state === 'SUCCEEDED') throw new Error('the backfill was over before it could be interrupted');
      if ((run?.done_until ?? before) !== before) return;
    }
    throw new Error('no part of the window was done');
  }

  /** The same command in this process. */
  async function here(wanted: WantedBackfill, signal = new AbortController().signal) {
    const told: BackfillState[] = [];
    const advice: string[] = [];
    const report = {
      progressed: (state: BackfillState) => told.push(state),
      ended: () => undefined,
      interrupted: (_id: string, how: string) => advice.push(how),
      close: () => undefined,
    };
    const log = createLogger({ level: 'silent' });
    const ended = await backfillHere(wanted, { store: db.store, log, report, environment: {}, jobsFolder: folder, sourcesFolder: folder, signal });
    return { ended, told, advice };
  }

  it('goes on after kill -9 and after Ctrl-C where it was, and nothing is lost or doubled', async () => {
    const window = { kind: 'window', job: 'plant', from: at('2026-02-01'), to: at(`2026-02-${DAYS + 1}`), dryRun: false, chunk: null } as const;
    const killed = new RunningCommand(['backfill', '--jobs', folder, '--database-url', db.url, '--job', 'plant', ...WINDOW]);
    commands.push(killed);
    await untilSomeIsDone();
    killed.signal('SIGKILL');
    await killed.exitCode();
    const [after] = await runs();
    const pressed = new AbortController();
    const interrupting = here(window, pressed.signal);
    await untilSomeIsDone(after?.done_until);
    pressed.abort();

    const interrupted = await interrupting;
    const resumed = await here({ kind: 'resume', run: 1 });

    expect(after?.state).toBe('RUNNING');
    expect(interrupted).toMatchObject({ ended: null, advice: [expect.stringContaining('thermograph backfill --resume 1')] });
    expect(resumed.ended).toMatchObject({ id: '1', state: 'SUCCEEDED', progress: 1 });
    const [run, ...others] = await runs();
    expect(others).toEqual([]);
    // What was done before is not read again, save for the parts that were under way.
    expect(run?.received).toBeLessThanOrEqual((DAYS + 2) * 96 * SENSORS);
    const { rows } = await db.pool.query(`
      select count(*) as stored, count(source.tag) as same
        from reading join series on series.id = series_id
        left join plant.history as source on source.tag = sensor_id and source.measured_at = reading.time and source.amount::float8 = reading.value`);
    expect(rows).toEqual([{ stored: DAYS * 96 * SENSORS, same: DAYS * 96 * SENSORS }]);
  }, 60_000);

  it('says what is wrong with what it is asked', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const attempt = async (...args: string[]) => ({ code: await runCommandLine(['backfill', ...args], {}), said: String(said.mock.calls.at(-1)?.[0]) });

    expect(await attempt('--job', 'plant')).toMatchObject({ code: 2, said: expect.stringContaining('--from is missing') });
    expect(await attempt('--job', 'plant', '--from', '2026-02-30')).toMatchObject({ code: 2, said: expect.stringContaining('RFC 3339') });
    expect(await attempt('--job', 'plant', '--from', '2026-02-02', '--to', '2026-02-01')).toMatchObject({
      code: 2,
      said: expect.stringContaining('must be before --to'),
    });
    expect(await attempt('--resume', '7', '--job', 'plant')).toMatchObject({ code: 2, said: expect.stringContaining('give it alone') });
    await expect(here({ kind: 'window', job: 'plnt', from: 0, to: 1, dryRun: false, chunk: null })).rejects.toThrow('did you mean "plant"');
    said.mockRestore();
  });
});

function at(day: string): number {
  return parseRfc3339(`${day}T00:00:00Z`) ?? 0;
}
