import type { Pool } from '../../db/pool.ts';
import type { Client } from './ask.ts';
import { statementByHand } from './by-hand.ts';
import { checkSame, countPoints, inOrder, type Point, pointsOf } from './points.ts';
import type { ScaleQuestion } from './questions.ts';
import { medianOf, type Spread, spreadOf } from './spread.ts';
import type { SentStatement } from './statements.ts';

/** A store of a comparison and the gateway before it. */
export interface Side {
  readonly client: Client;
  readonly pool: Pool;
  /** Ids of series by the sensor. */
  readonly series: ReadonlyMap<string, number>;
}

/** The same question of a tenth of the record and of all of it. */
export interface Compared {
  readonly points: number;
  readonly bytes: number;
  readonly tenthMs: Spread;
  readonly yearMs: Spread;
  /** Round by round. */
  readonly ratio: Spread;
}

/** Requests of one side in one round. */
const REQUESTS = 20;

/** Rounds of both sides in turn, request by request, so that what else the machine does meets both. */
export async function compareSides({ tenth, year }: { readonly tenth: Side; readonly year: Side }, question: ScaleQuestion, rounds: number): Promise<Compared> {
  const first = await tenth.client.ask(question);
  const second = await year.client.ask(question);
  const [points, others] = [countPoints(first.body), countPoints(second.body)];
  if (points !== others) throw new Error(`${question.name}: ${points} points of a tenth, but ${others} of all`);
  const times: { tenth: number[]; year: number[]; ratio: number[] } = { tenth: [], year: [], ratio: [] };
  for (let round = -1; round < rounds; round += 1) {
    const [a, b] = await inTurn(
      REQUESTS,
      async () => (await tenth.client.ask(question)).ms,
      async () => (await year.client.ask(question)).ms,
    );
    // The first is for warming up.
    if (round < 0) continue;
    times.tenth.push(a);
    times.year.push(b);
    times.ratio.push(b / a);
  }
  return { points, bytes: second.body.length, tenthMs: spreadOf(times.tenth), yearMs: spreadOf(times.year), ratio: spreadOf(times.ratio) };
}

/** The gateway's statements beside the one that somebody wrote for a real-time aggregate. */
export interface BesideByHand {
  readonly statement: SentStatement;
  readonly oursMs: Spread;
  readonly byHandMs: Spread;
  /** Ours to theirs, round by round. */
  readonly ratio: Spread;
}

/** As the clients of the database see it: from sending to the last row. null where there is nothing to compare with. */
export async function compareByHand({ client, pool, series }: Side, question: ScaleQuestion, rounds: number): Promise<BesideByHand | null> {
  if (question.byHand === null) return null;
  const seriesIds = question.byHand.sensors.flatMap((sensor) => series.get(sensor) ?? []);
  const statement = statementByHand(question.byHand, seriesIds);
  const sensors = new Map([...series].map(([sensor, id]) => [id, sensor]));
  const { rows } = await pool.query<{ series_id: number; bucket: string; min: number; max: number; avg: number }>(statement);
  const byHand = rows.map((row): Point => [sensors.get(row.series_id) ?? '', Date.parse(row.bucket), row.min, row.max, row.avg]);
  checkSame(question.name, pointsOf((await client.ask(question)).body), inOrder(byHand));
  const times: { ours: number[]; byHand: number[]; ratio: number[] } = { ours: [], byHand: [], ratio: [] };
  const askByHand = async () => {
    const startedAt = performance.now();
    await pool.query(statement);
    return performance.now() - startedAt;
  };
  for (let round = -1; round < rounds; round += 1) {
    const [a, b] = await inTurn(REQUESTS, async () => (await client.explained(question)).sqlMs, askByHand);
    if (round < 0) continue;
    times.ours.push(a);
    times.byHand.push(b);
    times.ratio.push(a / b);
  }
  return { statement, oursMs: spreadOf(times.ours), byHandMs: spreadOf(times.byHand), ratio: spreadOf(times.ratio) };
}

/** The medians of two things that are timed in turn; which of both comes first changes each time. */
async function inTurn(times: number, first: () => Promise<number>, second: () => Promise<number>): Promise<readonly [number, number]> {
  const ofFirst: number[] = [];
  const ofSecond: number[] = [];
  for (let time = 0; time < times; time += 1) {
    if (time % 2 === 0) ofFirst.push(await first());
    ofSecond.push(await second());
    if (time % 2 === 1) ofFirst.push(await first());
  }
  return [medianOf(ofFirst), medianOf(ofSecond)];
}
