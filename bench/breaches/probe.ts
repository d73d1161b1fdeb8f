import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PROBE, PROBE_VALUES } from './plant.ts';

/** A reading that was a breach. */
export interface ProbeSent {
  /** Of the breach. */
  readonly number: number;
  /** When its input began to be sent, in milliseconds since 1970. */
  readonly sentAt: number;
}

/** Sends readings that are breaches, one an input, on a connection of their own. Nobody else may record breaches meanwhile: they are told apart by counting. */
export class Probe {
  readonly #url: string;
  readonly #databaseUrl: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #listener: pg.Client;
  readonly #seen = new Map<number, number>();
  #isInside = false;
  #number = 0;

  constructor(url: string, databaseUrl: string) {
    this.#url = url;
    this.#databaseUrl = databaseUrl;
    this.#listener = new pg.Client(databaseUrl);
  }

  /** Begins behind the breaches that there are, outside of the band. */
  async start(): Promise<void> {
    const [row] = await this.#select<{ number: string; inside: boolean }>(
      `select last_number as number, exists (select from alert where resolved_at is null) as inside from outbox`,
      [],
    );
    this.#number = Number(row?.number);
    this.#isInside = row?.inside === true;
    let told = this.#number;
    this.#listener.on('notification', () => {
      told += 1;
      this.#seen.set(told, now());
    });
    await this.#listener.connect();
    await this.#listener.query('listen thermograph_breach');
  }

  /** When the database told this process that a breach was there, in milliseconds since 1970: its commit was on disk a moment before. */
  seenAt(number: number): number {
    return this.#seen.get(number) ?? Number.NaN;
  }

  /** Of the breach that the next reading will be. */
  get nextNumber(): number {
    return this.#number + 1;
  }

  /** Resolves when the reading is committed and answered. */
  async send(): Promise<ProbeSent> {
    this.#isInside = !this.#isInside;
    this.#number += 1;
    const number = this.#number;
    const sentAt = now();
    const body = `${JSON.stringify({ time: new Date().toISOString(), sensor: PROBE, temperature: this.#isInside ? PROBE_VALUES.inside : PROBE_VALUES.outside })}\n`;
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(`${this.#url}/ingest`, { method: 'POST', agent: this.#agent, headers: { 'content-type': 'application/x-ndjson' } }, resolve)
        .on('error', reject)
        .end(body);
    });
    const answer = await text(response);
    if ((JSON.parse(answer) as { breaches?: number }).breaches !== 1) throw new Error(`a reading of the probe was to be a breach, but the answer is ${answer}`);
    return { number, sentAt };
  }

  /** Sends at a steady rate. A reading that is answered late makes the next one late. */
  async sendFor(seconds: number, perSecond: number, signal: AbortSignal): Promise<ProbeSent[]> {
    const startedAt = performance.now();
    const sent: ProbeSent[] = [];
    for (let index = 0; index < seconds * perSecond; index += 1) {
      await sleep(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()), undefined, { signal });
      sent.push(await this.send());
    }
    return sent;
  }

  /** When each breach was committed by the database's record, in milliseconds since 1970. It is taken before the commit is written to disk, and so before anybody can see it. */
  async commitTimes(numbers: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#select<{ number: string; at: number }>(
      `select number, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::double precision as at from breach where number = any ($1::bigint[])`,
      [numbers],
    );
    return new Map(rows.map(({ number, at }) => [Number(number), at]));
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#listener.end();
  }

  async #select<T extends pg.QueryResultRow>(statement: string, values: readonly unknown[]): Promise<readonly T[]> {
    const client = new pg.Client(this.#databaseUrl);
    await client.connect();
    try {
      return (await client.query<T>(statement, [...values])).rows;
    } finally {
      await client.end();
    }
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
