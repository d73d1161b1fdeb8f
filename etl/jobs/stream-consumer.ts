import { RunLostError } from '../../db/etl/run-claim.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { StreamContext } from '../connect/connector.ts';
import { consumeJob } from '../connect/connectors.ts';
import type { JobCompanion } from './job-companions.ts';
import { isReasonOf } from './reason-of.ts';
import { StreamRun, type StreamRunOptions } from './stream-run.ts';
import { nextTick } from './ticks.ts';

/** Consumes a stream until it is stopped, in one run after the other; at a tick the run ends and the next begins, which the consumer does not notice. Where the consumer fails it is begun anew after the job's retryDelay, for as long as it takes. */
export function startStream(options: StreamRunOptions): JobCompanion {
  const stopping = new AbortController();
  const rotation = new Rotation(options);
  const running = consume(options, rotation, stopping.signal);
  running.catch((error: unknown) => options.log.warn({ err: error, job: options.job.id }, 'stream ended'));
  return {
    pass: () => rotation.rotateIfDue(),
    stop: async () => {
      stopping.abort();
      await running.catch(() => undefined);
    },
  };
}

async function consume(options: StreamRunOptions, rotation: Rotation, signal: AbortSignal): Promise<void> {
  const { job, log } = options;
  let pauses = 0;
  while (!signal.aborted) {
    try {
      await rotation.open();
      await consumeJob(options.connectors, contextOf(options, rotation, signal));
      if (!signal.aborted) throw new Error('the consumer ended by itself');
    } catch (error) {
      if (signal.aborted) {
        tellOfStop(options, signal, error);
        break;
      }
      pauses += 1;
      await rotation.fail(error).catch((failure: unknown) => log.warn({ err: failure, job: job.id }, 'the failure of a stream could not be recorded'));
      // Taken for dead, such as when the database was away with the locks that say who is alive: nothing is wrong with the source.
      if (!(error instanceof RunLostError)) await pause(options, signal);
    }
  }
  await rotation.close();
  if (pauses > 0) log.info({ job: job.id, pauses }, 'stream ended after failures');
}

function tellOfStop({ log, job }: StreamRunOptions, signal: AbortSignal, error: unknown): void {
  if (!isReasonOf(signal, error)) log.warn({ err: error, job: job.id }, 'the consumer of a stream failed while it was stopped');
}

function contextOf({ store, job, clock, log, sourcesFolder }: StreamRunOptions, rotation: Rotation, signal: AbortSignal): StreamContext {
  return {
    store,
    job,
    get claim() {
      return rotation.current().claim;
    },
    mode: 'NEW',
    window: { from: null, to: null },
    signal,
    log,
    sourcesFolder,
    now: clock.now,
    load: (batch) => rotation.current().load(batch),
  };
}

function pause({ clock, job }: StreamRunOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(job.limits.retryDelay, end);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** The run that a stream is in at the moment. */
class Rotation {
  readonly #options: StreamRunOptions;
  #run: StreamRun | null = null;
  #next: Instant | null = null;
  #ending: Promise<void> = Promise.resolve();
  /** One change at a time: a tick that comes while the consumer fails must not put its run in the place of another. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: StreamRunOptions) {
    this.#options = options;
  }

  current(): StreamRun {
    if (this.#run === null) throw new Error('the stream is in no run');
    return this.#run;
  }

  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#run === null) await this.#begin(null);
    });
  }

  rotateIfDue(): Promise<void> {
    return this.#inTurn(() => this.#rotate());
  }

  fail(error: unknown): Promise<void> {
    return this.#inTurn(() => this.#fail(error));
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(change);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #rotate(): Promise<void> {
    const tick = this.#next;
    const before = this.#run;
    if (tick === null || before === null || this.#options.clock.now() < tick) return;
    await this.#begin(tick);
    this.#ending = this.#ending.then(() => before.finish());
    this.#ending.catch((error: unknown) => this.#options.log.warn({ err: error, job: this.#options.job.id }, 'the end of a run could not be recorded'));
  }

  async #fail(error: unknown): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    // Whatever goes wrong here, the next begin is of a run of its own.
    this.#run = null;
    if ((await run.failAttempt(error)) === 'again') this.#run = run;
  }

  async #close(): Promise<void> {
    await this.#ending.catch(() => undefined);
    const run = this.#run;
    this.#run = null;
    await run?.finish();
  }

  async #begin(tick: Instant | null): Promise<void> {
    const { job, clock } = this.#options;
    const next = nextTick(job, clock.now());
    this.#run = await StreamRun.begin(this.#options, tick);
    // Only now: a tick whose run could not be begun is tried again.
    this.#next = next;
  }
}
