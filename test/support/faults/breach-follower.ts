import { setTimeout as sleep } from 'node:timers/promises';
import { readBreachCursor } from '../../../alerts/outbox/breach-cursor.ts';
import type { Random } from '../random.ts';
import { textOf } from './breach-truth.ts';
import type { FaultFilter } from './fault-world.ts';
import { type Connection, type ConnectionEvents, connect, type Transport } from './feed-connection.ts';
import type { GatewayInstance } from './gateway-instance.ts';

/** What a client was told while it had one filter. */
export interface Stretch {
  readonly filter: FaultFilter;
  /** The number behind which it began. */
  readonly after: number;
  /** The number behind which it ended; null while it lasts. */
  upTo: number | null;
  readonly numbers: number[];
  /** The latest `evaluatedThrough` that it was told before another breach, by how many it had been told. */
  readonly evaluatedThrough: string[];
}

/** What all clients have been told of each breach, by number, and what contradicts it. */
export class Told {
  readonly byNumber = new Map<number, string>();
  readonly contradictions: string[] = [];
  frames = 0;
  breaches = 0;
  /** Connections that ended, by why. */
  readonly ends = new Map<string, number>();

  add(number: number, text: string): void {
    this.breaches += 1;
    const before = this.byNumber.get(number);
    if (before === undefined) this.byNumber.set(number, text);
    else if (before !== text) this.contradictions.push(`${text}, but elsewhere ${before}`);
  }

  ended(why: string): void {
    this.ends.set(why, (this.ends.get(why) ?? 0) + 1);
  }
}

/** How a client loses its connection of its own accord. */
export type Parting = 'closed' | 'dropped';

/** What a new client is given. */
export interface FollowerOptions {
  readonly name: string;
  readonly transport: Transport;
  readonly filter: FaultFilter;
  readonly instances: readonly GatewayInstance[];
  readonly home: number;
  readonly random: Random;
  readonly told: Told;
  /** Where it begins; absent: with what happens from now on. */
  readonly cursor?: string;
}

/** Heartbeats come every 10 s at most: one who hears nothing for longer connects again. */
const SILENCE_MS = 14_000;

/** One subscriber to breaches. However often its connection ends, it goes on behind the last cursor, at the same instance or another, which is all that it remembers. */
export class BreachFollower {
  readonly name: string;
  readonly stretches: Stretch[] = [];
  readonly #options: FollowerOptions;
  #filter: FaultFilter;
  #home: number;
  #cursor: string | null = null;
  #isStopping = false;
  #connection: Connection | null = null;
  #lose: (why: string) => void = () => undefined;
  readonly #running: Promise<void>;

  constructor(options: FollowerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#filter = options.filter;
    this.#home = options.home;
    if (options.cursor !== undefined) {
      this.#cursor = options.cursor;
      this.#begin(readBreachCursor(options.cursor).number);
    }
    this.#running = this.#run();
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  /** The number up to which it has been told everything; null before its first frame. */
  get position(): number | null {
    return this.#cursor === null ? null : readBreachCursor(this.#cursor).number;
  }

  /** Goes on at another instance, perhaps with another filter. */
  move(to: number, filter: FaultFilter | null, parting: Parting): void {
    this.#home = to;
    this.#disconnect('moved', parting);
    if (filter === null) return;
    this.#filter = filter;
    const last = this.stretches.at(-1);
    if (this.position === null || last === undefined) return;
    last.upTo = this.position;
    this.#begin(this.position);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#disconnect('stopped', 'closed');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { random, told, instances } = this.#options;
    while (!this.#isStopping) {
      told.ended(await this.#follow());
      await sleep(random.whole(20, 400));
      // Who is refused tries the others.
      if (random.chance(0.3)) this.#home = random.whole(0, instances.length - 1);
    }
  }

  /** One connection, from its beginning to its end. */
  #follow(): Promise<string> {
    const { instances, transport } = this.#options;
    const instance = instances[this.#home % instances.length];
    return new Promise((resolve) => {
      let silence: NodeJS.Timeout | undefined;
      const lose = (why: string) => {
        clearTimeout(silence);
        events.isOver = true;
        resolve(why);
      };
      const listen = () => {
        clearTimeout(silence);
        silence = setTimeout(() => this.#disconnect('silent', 'dropped'), SILENCE_MS);
      };
      const events: ConnectionEvents & { isOver: boolean } = {
        isOver: false,
        // What comes from a connection that was given up came too late.
        onFrame: (frame) => {
          if (events.isOver) return;
          listen();
          this.#take(frame);
        },
        onEnd: (why) => {
          if (!events.isOver) lose(why);
        },
      };
      this.#lose = lose;
      listen();
      this.#connection = connect(transport, instance?.origin ?? '', { where: this.#filter, after: this.#cursor }, events);
    });
  }

  #disconnect(why: string, parting: Parting): void {
    this.#lose(why);
    this.#connection?.end(parting);
    this.#connection = null;
  }

  #begin(after: number): void {
    this.stretches.push({ filter: this.#filter, after, upTo: null, numbers: [], evaluatedThrough: [] });
  }

  #take(frame: Parameters<ConnectionEvents['onFrame']>[0]): void {
    const { told } = this.#options;
    told.frames += 1;
    if (this.#cursor === null) this.#begin(readBreachCursor(frame.cursor).number - (frame.breach === null ? 0 : 1));
    this.#cursor = frame.cursor;
    const stretch = this.stretches.at(-1);
    if (stretch === undefined) throw new Error('a frame without a stretch');
    const { breach } = frame;
    if (breach !== null) {
      stretch.numbers.push(breach.number);
      told.add(breach.number, textOf({ ...breach, sensor: breach.sensor.id, metric: breach.metric.id, location: breach.location?.id ?? null }));
    }
    const count = stretch.numbers.length;
    const known = stretch.evaluatedThrough[count] ?? '';
    if (isAfter(frame.evaluatedThrough, known)) stretch.evaluatedThrough[count] = frame.evaluatedThrough;
  }
}

/** Instants of RFC 3339 in UTC, to the microsecond, with or without a fraction. */
export function isAfter(one: string, other: string): boolean {
  return one.replace('Z', '') > other.replace('Z', '');
}
