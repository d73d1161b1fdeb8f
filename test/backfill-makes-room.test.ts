import { expect, it } from 'vitest';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import type { Connectors } from '../etl/connect/connectors.ts';
import type { RawRecord } from '../etl/record.ts';
import { describeEachEngine } from './support/database.ts';
import { jobOf, performJob } from './support/perform-job.ts';

const FROM = Date.UTC(2026, 1, 1) * 1000;
const MINUTE = 60_000_000;
const READINGS = 6;

describeEachEngine('a backfill', (db) => {
  const committed = async (source: string): Promise<number> => {
    const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from batch where source = $1', [source]);
    return rows[0]?.n ?? 0;
  };

  /** A file with a reading each minute, which come one by one; `onRead` is called when the next one is asked for. */
  const handingOver = (source: string, onRead: () => Promise<void>): Connectors => ({
    ...CONNECTORS,
    files: async () => ({
      connect: async () => ({
        pieces: async function* () {
          yield { source, records: records(source, onRead), reader: { format: 'json', register: true } };
        },
        close: async () => undefined,
      }),
    }),
  });

  async function* records(sensor: string, onRead: () => Promise<void>): AsyncGenerator<readonly RawRecord[]> {
    for (let index = 0; index < READINGS; index += 1) {
      await onRead();
      yield [{ index, sensor, time: FROM + index * MINUTE, timeText: '', metrics: ['temperature'], values: [20], texts: ['20'] }];
    }
    await onRead();
  }

  it.each([0.5, 1])('reads nothing while a batch of it is loaded, which would keep its locks for longer (share %d)', async (share) => {
    const name = `room-${share}`;
    const job = jobOf(
      `source: { kind: files, paths: '/nowhere/*.json' }\nmapping: { register: true }\nbackfill: { batchSize: 1, share: ${share} }`,
      name.replace('.', '-'),
    );
    const committedAtReads: number[] = [];
    const connectors = handingOver(name, async () => {
      committedAtReads.push(await committed(name));
    });

    const run = await performJob(db, job, { from: FROM, to: FROM + READINGS * MINUTE }, undefined, connectors);

    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: READINGS });
    // A batch is complete when the record after it has come: with the third the first is, and so on.
    expect(committedAtReads).toEqual([0, 0, 1, 2, 3, 4, 5]);
  });
});
