import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { availableEngines } from './support/database.ts';
import { flawsOfRecord, missingReadings, storedBreaches } from './support/faults/breach-truth.ts';
import { wronglyJudged } from './support/faults/compare-judged.ts';
import { compareTold } from './support/faults/compare-told.ts';
import { drawFaults, letHappen } from './support/faults/faults.ts';
import { openStage, type Stage } from './support/faults/stage.ts';
import { lastNumber } from './support/faults/witness.ts';
import { createRandom } from './support/random.ts';

/** A small run; FAULTS=200 CLIENTS=100 for a long one, FAULT_SEED for the draws of another one. */
const FAULTS = Number(process.env.FAULTS ?? 12);
const CLIENTS = Number(process.env.CLIENTS ?? 12);
const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const IS_LONG = FAULTS > 50;
const SIZE = { instances: IS_LONG ? 3 : 2, loaders: IS_LONG ? 5 : 3, seed: SEED };
/** Between two faults, on average. */
const PAUSE_MS = IS_LONG ? 500 : 300;
const CATCH_UP_MS = 90_000;
const PATIENCE_MS = 240_000 + FAULTS * 10_000;

describe.each(availableEngines())('with connections, servers and instances lost at random (%s)', (engine) => {
  it(
    `every client is told every breach, once and in order: ${FAULTS} faults, ${CLIENTS} clients, FAULT_SEED=${SEED}`,
    async () => {
      const stage = await openStage(engine, SIZE);
      try {
        await expectTheSameForAll(stage);
      } finally {
        await stage.close();
      }
    },
    PATIENCE_MS,
  );
});

async function expectTheSameForAll(stage: Stage): Promise<void> {
  const { database, instances, followers, told, loads } = stage;
  const startedAt = Date.now();
  stage.follow(CLIENTS);
  await expect.poll(() => followers.filter(({ cursor }) => cursor === null).length).toBe(0);
  const beginning = followers[0]?.cursor ?? '';

  const random = createRandom(SEED);
  const faults = drawFaults(FAULTS, random, database);
  stage.startLoading();
  await letHappen(faults.slice(0, FAULTS / 2), stage, { random, pauseMs: PAUSE_MS });
  // Some who want to know from the beginning, while more goes wrong.
  stage.follow(Math.ceil(CLIENTS / 10), beginning);
  await letHappen(faults.slice(FAULTS / 2), stage, { random, pauseMs: PAUSE_MS });
  const witnesses = await stage.stopLoading();
  const upTo = await lastNumber(database.pool);
  await untilAllAt(stage, upTo);

  const { examples, expected, ...wrong } = await compareTold(database.pool, followers, upTo, witnesses);
  const stored = await storedBreaches(database.pool, upTo);
  const untrue = [...told.byNumber].flatMap(([number, text]) =>
    number <= upTo && stored.get(number) !== text ? [`${text}, but stored ${stored.get(number)}`] : [],
  );
  report(stage, { faults, upTo, expected, wrong, seconds: (Date.now() - startedAt) / 1000, witnesses: witnesses.length });

  expect({ ...wrong, examples }).toEqual({ lost: 0, repeated: 0, outOfOrder: 0, foreign: 0, evaluatedTooEarly: 0, examples: [] });
  expect([untrue.slice(0, 5), told.contradictions.slice(0, 5)]).toEqual([[], []]);
  expect(await flawsOfRecord(database.pool)).toEqual([]);
  expect(await wronglyJudged(database.pool)).toEqual([]);
  expect((await missingReadings(database.pool, loads.acknowledged)).slice(0, 5)).toEqual([]);
  const errors = instances.flatMap((instance) => instance.errors);
  expect({ refusals: loads.refusals.slice(0, 5), errors: errors.slice(0, 5) }).toEqual({ refusals: [], errors: [] });
  expect([...told.ends.keys()].filter((why) => why.startsWith('refused: ') && !PASSING.has(why))).toEqual([]);
  // There was something to lose.
  expect(upTo).toBeGreaterThan(FAULTS);
  expect(told.breaches).toBeGreaterThan(upTo);
}

/** Refusals that a client answers by trying again. */
const PASSING = new Set(['refused: DATABASE_UNAVAILABLE', 'refused: SHUTTING_DOWN']);

async function untilAllAt({ followers }: Stage, upTo: number): Promise<void> {
  for (const giveUpAt = Date.now() + CATCH_UP_MS; Date.now() < giveUpAt; await sleep(100)) {
    if (followers.every(({ position }) => position !== null && position >= upTo)) return;
  }
}

/** The figures of a long run, which nobody starts for its colour alone. */
function report({ told, loads, followers }: Stage, figures: Readonly<Record<string, unknown>> & { readonly faults: readonly string[] }): void {
  if (!IS_LONG) return;
  const byKind: Record<string, number> = {};
  for (const kind of figures.faults) byKind[kind] = (byKind[kind] ?? 0) + 1;
  const { frames, breaches, ends } = told;
  const { requests, retries, hindrances, acknowledged } = loads;
  process.stderr.write(
    `${JSON.stringify({ ...figures, seed: SEED, faults: byKind, clients: followers.length, stretches: followers.flatMap(({ stretches }) => stretches).length, frames, told: breaches, ends: Object.fromEntries(ends), requests, retries, hindrances: Object.fromEntries(hindrances), acknowledged: acknowledged.size }, null, 1)}\n`,
  );
}
