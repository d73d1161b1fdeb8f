import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFactory } from '../server/simulate/factory.ts';
import { type FactoryStoryPlan, tellFactory } from '../server/simulate/factory-story.ts';
import { DEFAULT_FAULTS, type Faults, NO_FAULTS, parseFaults } from '../server/simulate/faults.ts';
import { readFileStory } from '../server/simulate/file-story.ts';
import { sendInLanes } from '../server/simulate/lanes.ts';
import { type DueBatch, PECULIAR, type ReadingBatch } from '../server/simulate/reading-batch.ts';
import { csvLinesOf, ndjsonOf } from '../server/simulate/record-text.ts';
import { toldBatches } from '../server/simulate/told-batches.ts';
import { readTruth } from '../server/simulate/truth.ts';
import { openTruthLog } from '../server/simulate/truth-log.ts';
import { isAsSent, verifyOnce } from '../server/simulate/verify.ts';

const MINUTE = 60_000_000;
const FROM = Date.parse('2025-01-01T00:00:00Z') * 1000;
const READINGS = 30_000;
const FACTORY = createFactory({ sensors: 40, metrics: ['temperature', 'humidity', 'vibration'], prefix: 'sim' });

interface Told {
  readonly sensor: string;
  readonly metric: string;
  readonly time: number;
  readonly value: number;
  readonly flags: number;
  readonly due: number;
}

function plan(faults: Partial<Faults> = {}, more: Partial<FactoryStoryPlan> = {}): FactoryStoryPlan {
  const rest = { seed: 7, from: FROM, to: Number.POSITIVE_INFINITY, cadence: MINUTE, readings: READINGS, lateBy: 10 * MINUTE, skewBy: 2_000_000 };
  return { factory: FACTORY, ...rest, faults: { ...NO_FAULTS, ...faults }, ...more };
}

function tell(story: FactoryStoryPlan): readonly Told[] {
  const told: Told[] = [];
  for (const { length, series, time, value, flags, due } of tellFactory(story)) {
    for (let at = 0; at < length; at++) {
      const { sensor, metric } = story.factory.table.at(series[at] ?? -1);
      told.push({ sensor, metric, time: time[at] ?? 0, value: value[at] ?? 0, flags: flags[at] ?? 0, due: due[at] ?? 0 });
    }
  }
  return told;
}

describe('a factory', () => {
  it('tells the same story by the same seed, and another by another', () => {
    const faults = { ...DEFAULT_FAULTS, corrections: 0.05 };
    const [one, same, other] = [tell(plan(faults)), tell(plan(faults)), tell(plan(faults, { seed: 8 }))];

    expect(same).toEqual(one);
    expect(other.slice(0, 100).map(({ value }) => value)).not.toEqual(one.slice(0, 100).map(({ value }) => value));
  });

  it('spreads its sensors over places, and the readings of a cadence over the cadence', () => {
    const told = tell(plan({}, { readings: 240 }));

    expect(FACTORY.locations.map(({ id, building, floor, area }) => [id, building, floor, area]).slice(0, 4)).toEqual([
      ['sim-1A11', 'A', 1, 'area 1'],
      ['sim-1A12', 'A', 1, 'area 2'],
      ['sim-1A13', 'A', 1, 'area 3'],
      ['sim-1A21', 'A', 2, 'area 1'],
    ]);
    expect(new Set(FACTORY.locations.map(({ id }) => id)).size).toBe(10);
    expect(told.map(({ sensor, time }) => [sensor, time - FROM]).filter((_, at) => at % 3 === 0)).toEqual(
      [0, 1].flatMap((tick) => FACTORY.sensors.map(({ id }, at) => [id, tick * MINUTE + at * 1_500_000])),
    );
  });

  it('follows the day: the afternoon is warmer than the night', () => {
    const told = tell(plan({}, { readings: 1440 * 120 })).filter(({ metric }) => metric === 'temperature');
    const meanAt = (hour: number) => {
      const values = told.filter(({ time }) => Math.floor((time - FROM) / (60 * MINUTE)) === hour).map(({ value }) => value);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };

    expect(meanAt(14) - meanAt(2)).toBeGreaterThan(7);
    expect(told.every(({ value }) => value > 5 && value < 40)).toBe(true);
  });

  it.each([
    ['late', 'late', 0.1],
    ['duplicates', 'again', 0.05],
    ['corrections', 'correction', 0.2],
    ['range', 'refused', 0.02],
    ['unknown', 'refused', 0.03],
    ['spikes', 'spike', 0.02],
    ['stuck', 'stuck', 0.1],
  ] as const)('has the share of %s that was asked for, and nothing else that is peculiar', (fault, mark, share) => {
    const told = tell(plan({ [fault]: share }));
    const peculiar = told.filter(({ flags }) => flags !== 0);

    expect(peculiar.every(({ flags }) => flags === PECULIAR[mark])).toBe(true);
    expect(peculiar.length / READINGS).toBeGreaterThan(share * 0.8);
    expect(peculiar.length / READINGS).toBeLessThan(share * 1.2);
  });

  it('falls silent for the share that was asked for, several readings at a time', () => {
    const told = tell(plan({ dropouts: 0.1 }, { readings: Number.POSITIVE_INFINITY, to: FROM + 500 * MINUTE }));
    const possible = 500 * 120;
    const gaps = FACTORY.sensors.flatMap(({ id }) => {
      const times = told.filter(({ sensor, metric }) => sensor === id && metric === 'humidity').map(({ time }) => time);
      return times.slice(1).map((time, at) => (time - (times[at] ?? 0)) / MINUTE - 1);
    });
    const silences = gaps.filter((gap) => gap > 0);

    expect(1 - told.length / possible).toBeGreaterThan(0.07);
    expect(1 - told.length / possible).toBeLessThan(0.13);
    expect(silences.reduce((sum, gap) => sum + gap, 0) / silences.length).toBeGreaterThan(7);
  });

  it('keeps the values of a story whatever befalls them: only what is faulty is another', () => {
    const plain = new Map(tell(plan()).map((told) => [JSON.stringify([told.sensor, told.metric, told.time]), told.value]));
    const faulty = tell(plan({ spikes: 0.01, late: 0.1, duplicates: 0.1 }));

    const others = faulty.filter(({ sensor, metric, time, value }) => plain.get(JSON.stringify([sensor, metric, time])) !== value);
    expect(others.length).toBeGreaterThan(0);
    expect(others.every(({ flags }) => (flags & PECULIAR.spike) !== 0)).toBe(true);
  });

  it('sends in the order of what is due, late readings late, and a correction behind what it corrects, with another value', () => {
    const told = tell(plan({ late: 0.1, duplicates: 0.05, corrections: 0.1, skew: 0.5 }));
    const lastOf = new Map<string, number>();
    const broken = told.filter(({ sensor, metric, time, value, flags, due }) => {
      const key = `${sensor} ${metric} ${time}`;
      const before = lastOf.get(key);
      lastOf.set(key, value);
      const isFirst = (flags & (PECULIAR.again | PECULIAR.correction)) === 0;
      const isAsBefore = (flags & PECULIAR.correction) === 0;
      return isFirst !== (before === undefined) || (!isFirst && isAsBefore !== (before === value)) || due - time > 21 * MINUTE + 2_000_000;
    });
    expect(broken).toEqual([]);
    expect(told.every(({ due }, at) => at === 0 || due >= (told[at - 1]?.due ?? 0))).toBe(true);
  });

  it('gives about the share of sensors a wrong clock, each the same all along', () => {
    const skews = new Map<string, Set<number>>();
    for (const { sensor, time, due } of tell(plan({ skew: 0.5 }))) skews.set(sensor, (skews.get(sensor) ?? new Set()).add(time - due));
    const wrong = [...skews.values()].filter((of) => !of.has(0));

    expect([...skews.values()].every((of) => of.size === 1)).toBe(true);
    expect(wrong.length).toBeGreaterThan(10);
    expect(wrong.length).toBeLessThan(30);
    expect(wrong.every((of) => [...of].every((skew) => Math.abs(skew) <= 2_000_000))).toBe(true);
  });

  it('reads shares as they are written, and refuses what is none', () => {
    expect(parseFaults('', '--faults')).toEqual(DEFAULT_FAULTS);
    expect(parseFaults('none,late=0.5', '--faults')).toEqual({ ...NO_FAULTS, late: 0.5 });
    expect(parseFaults('late=0', '--faults')).toEqual({ ...DEFAULT_FAULTS, late: 0 });
    expect(() => parseFaults('late=2', '--faults')).toThrow('a share is from 0 to 1, such as late=0.05');
  });
});

describe('on its way', () => {
  const signal = new AbortController().signal;
  const takeAll = async (batches: AsyncIterable<ReadingBatch>) => {
    const taken: ReadingBatch[] = [];
    for await (const batch of batches) taken.push(batch);
    return taken;
  };

  it('a story of the past keeps its times, and one that happens now has those of now, nearer by the speed', async () => {
    const story = () => tellFactory(plan({}, { readings: 600 }));
    const startedAt = (Date.now() - 60_000) * 1000;
    const telling = { from: FROM, startedAt, rate: Number.POSITIVE_INFINITY, signal };
    const past = await takeAll(toldBatches(story(), { ...telling, speed: Number.POSITIVE_INFINITY, times: 'as-measured' }));
    const present = await takeAll(toldBatches(story(), { ...telling, speed: 600, times: 'as-told' }));

    const times = (batches: readonly ReadingBatch[]) => batches.flatMap(({ time }) => [...time]);
    expect(times(past)).toEqual(tell(plan({}, { readings: 600 })).map(({ time }) => time));
    expect(times(present)).toEqual(times(past).map((time) => startedAt + Math.round((time - FROM) / 600)));
  });

  it('keeps the readings of each sensor in order, through as many lanes as there are, each only once', async () => {
    const story = plan({ late: 0.1, corrections: 0.2, duplicates: 0.1 }, { readings: 10_000 });
    const arrived: string[] = [];
    let underWay = 0;
    let most = 0;
    const batches = toldBatches(tellFactory(story), {
      from: FROM,
      startedAt: 0,
      speed: Number.POSITIVE_INFINITY,
      times: 'as-measured',
      rate: Number.POSITIVE_INFINITY,
      signal,
    });

    await sendInLanes(batches, {
      table: FACTORY.table,
      lanes: 3,
      batchSize: 500,
      gatherMs: Number.POSITIVE_INFINITY,
      send: async (batch) => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        arrived.push(...csvLinesOf(batch, FACTORY.table).trimEnd().split('\n'));
        underWay -= 1;
      },
    });

    const sent = tell(story);
    const bySensor = (lines: readonly string[], sensor: string) => lines.filter((line) => line.includes(`,${sensor},`));
    const expected = sent.map(({ time, sensor, metric, value }) => `${new Date(time / 1000).toISOString().replace('.000Z', 'Z')},${sensor},${metric},${value}`);
    for (const { id } of FACTORY.sensors) expect(bySensor(arrived, id)).toEqual(bySensor(expected, id));
    expect(arrived.length).toBe(sent.length);
    expect(most).toBe(3);
  });

  it('ends with what a sink throws, once what is under way has ended', async () => {
    const batches = toldBatches(tellFactory(plan()), {
      from: FROM,
      startedAt: 0,
      speed: Number.POSITIVE_INFINITY,
      times: 'as-measured',
      rate: Number.POSITIVE_INFINITY,
      signal,
    });
    let ended = 0;
    const send = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended += 1;
      throw new Error('no room');
    };

    await expect(sendInLanes(batches, { table: FACTORY.table, lanes: 2, batchSize: 100, gatherMs: Number.POSITIVE_INFINITY, send })).rejects.toThrow('no room');
    expect(ended).toBe(2);
  });

  it('puts what a sensor measures at an instant into one record, and a second of the same into another', () => {
    const [batch] = tellFactory(plan({ duplicates: 1 }, { readings: 3, lateBy: 1 }));
    if (batch === undefined) throw new Error('a story has readings');

    const records = ndjsonOf(batch, FACTORY.table).trimEnd().split('\n');
    expect(records).toHaveLength(2);
    expect(records[1]).toBe(records[0]);
    expect(Object.keys(JSON.parse(records[0] ?? ''))).toEqual(['time', 'sensor', 'temperature', 'humidity', 'vibration']);
  });
});

describe('the truth', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'truth-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = async (name: string, batches: readonly DueBatch[], arrived: (at: number) => boolean) => {
    const path = join(folder, name);
    const log = await openTruthLog(path, FACTORY.table);
    for (const [at, batch] of batches.entries()) {
      const batchId = await log.sending(batch);
      if (arrived(at)) await log.arrived(batchId);
    }
    await log.close();
    return path;
  };

  it('is what was sent last of each series and instant, without what has to be refused', async () => {
    const story = plan({ late: 0.05, duplicates: 0.05, corrections: 0.1, range: 0.02, unknown: 0.02 }, { readings: 20_000 });
    const truth = await readTruth(await write('whole', [...tellFactory(story)], () => true));

    const sent = tell(story);
    const last = new Map(
      sent.filter(({ flags }) => (flags & PECULIAR.refused) === 0).map(({ sensor, metric, time, value }) => [JSON.stringify([sensor, metric, time]), value]),
    );
    const found = truth.series.flatMap(({ sensor, metric, time, value }) =>
      [...time].map((at, index): [string, number] => [JSON.stringify([sensor, metric, at]), value[index] ?? Number.NaN]),
    );
    expect(new Map(found)).toEqual(last);
    expect([found.length, truth.expected, truth.uncertain, truth.sent]).toEqual([last.size, last.size, 0, sent.length]);
    expect(truth.series.every(({ time }) => time.every((at, index) => index === 0 || at > (time[index - 1] ?? 0)))).toBe(true);
    expect(truth.window).toEqual({ from: Math.min(...sent.map(({ time }) => time)), to: Math.max(...sent.map(({ time }) => time)) + 1 });
  });

  it('leaves open what was under way when its writer was killed, and is read up to where it breaks off', async () => {
    const batches = [...tellFactory(plan({}, { readings: 12_000 }))];
    const path = await write('killed', batches, (at) => at < batches.length - 1);
    const last = batches.at(-1)?.length ?? 0;

    expect(await readTruth(path)).toMatchObject({ expected: 12_000 - last, uncertain: last });
    await truncate(path, (await readFile(path)).length - 1);
    expect(await readTruth(path)).toMatchObject({ expected: 12_000 - last, uncertain: 0 });
  });

  it('refuses a file that is none, and never writes over one', async () => {
    const path = join(folder, 'other');
    await writeFile(path, 'time,sensor\n');

    await expect(readTruth(path)).rejects.toMatchObject({ code: 'TRUTH_UNREADABLE' });
    await expect(readTruth(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'TRUTH_UNREADABLE' });
    await expect(openTruthLog(path, FACTORY.table)).rejects.toThrow('EEXIST');
  });

  it('has nothing to ask of a gateway where nothing was sent', async () => {
    const truth = await readTruth(await write('empty', [], () => true));
    const verification = await verifyOnce(truth, new URL('http://127.0.0.1:1'), new AbortController().signal);

    expect(isAsSent(verification)).toBe(true);
  });
});

it('replays a file by time, of one instant in the order of the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replay-'));
  const path = join(folder, 'line.csv');
  await writeFile(path, 'time,sensor,temperature,noise\n2025-01-01T00:02:00Z,b,2,\n2025-01-01T00:01:00Z,a,1,70\n2025-01-01T00:02:00Z,b,3,\nnever,a,4,\n');
  const { batches, table, readings, window } = await readFileStory(path, { source: undefined, format: undefined, timezone: undefined });
  const [batch] = [...batches()];
  await rm(folder, { recursive: true });

  expect(readings).toBe(4);
  expect(window).toEqual({ from: FROM + MINUTE, to: FROM + 2 * MINUTE });
  expect(batch === undefined ? '' : csvLinesOf(batch, table)).toBe(
    '2025-01-01T00:01:00Z,a,temperature,1\n2025-01-01T00:01:00Z,a,noise,70\n2025-01-01T00:02:00Z,b,temperature,2\n2025-01-01T00:02:00Z,b,temperature,3\n',
  );
});
