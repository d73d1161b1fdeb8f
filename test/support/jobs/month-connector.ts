import { advancePosition, selectPosition } from '../../../db/etl/position.ts';
import type { Instant } from '../../../db/time/instant.ts';
import { ConnectError } from '../../../etl/connect/connect-error.ts';
import type { Connected, Connector, Piece, RunContext } from '../../../etl/connect/connector.ts';
import { reasonOf } from '../../../etl/jobs/reason-of.ts';
import { type RecordChunk, UnreadableInputError } from '../../../etl/read/reader.ts';
import { recordsOf, type TestReading } from '../records.ts';
import type { Fault } from './month-faults.ts';
import { measured } from './month-source.ts';

/** The world as a connector of the month sees it. */
export interface MonthScene {
  readonly start: Instant;
  /** What goes wrong with this attempt; null: nothing. */
  faultOf(context: RunContext): Fault | null;
  /** An attempt has come to where something is done to it from outside; it hangs from now on. */
  onHang(fault: Fault): void;
  /** Cuts the connection of that server process. */
  cut(processId: number): Promise<void>;
  /** The next validation of this instance fails. */
  failValidation(): void;
}

const CHUNK = 12;

/** A source that is asked for a window. */
export function windowedConnector(scene: MonthScene): Connector<unknown> {
  return connectorWith(scene, (context, fault) => {
    const { from, to } = context.window;
    return pieceWith(scene, context, fault, { source: 'window', readings: measured(context.job.id, from ?? scene.start, to ?? context.now()) });
  });
}

/** A source that is followed: a log that grows, of which the job remembers how far it has read. */
export function followedConnector(scene: MonthScene): Connector<unknown> {
  return connectorWith(scene, async (context, fault) => {
    const log = measured(context.job.id, scene.start, context.window.to ?? context.now());
    const known = await selectPosition(context.store.writePool, context.job.id, 'log');
    const begun = typeof known === 'number' ? known : 0;
    let position = begun;
    return pieceWith(scene, context, fault, {
      source: 'log',
      readings: log.slice(begun),
      alongside: async (client, { records }) => {
        await advancePosition(client, { jobId: context.job.id, source: 'log', expected: position === 0 ? null : position, position: begun + records });
        position = begun + records;
      },
    });
  });
}

function connectorWith(scene: MonthScene, pieceOf: (context: RunContext, fault: Fault | null) => Piece | Promise<Piece>): Connector<unknown> {
  return {
    connect: async (_source, context): Promise<Connected> => {
      const fault = scene.faultOf(context);
      if (fault === 'connect') throw new ConnectError('the source does not answer');
      return {
        pieces: async function* () {
          yield await pieceOf(context, fault);
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

interface MonthPiece {
  readonly source: string;
  readonly readings: readonly TestReading[];
  readonly alongside?: Piece['alongside'];
}

function pieceWith(scene: MonthScene, { signal }: RunContext, fault: Fault | null, { source, readings, alongside }: MonthPiece): Piece {
  let batches = 0;
  return {
    source,
    reader: { format: 'json', register: true },
    records: recordsWith(scene, fault, readings, signal),
    alongside: async (client, batch) => {
      batches += 1;
      await alongside?.(client, batch);
      if (batches !== 2) return;
      if (fault === 'load') throw new Error('the database has no room left');
      if (fault === 'connection cut') {
        const { rows } = await client.query<{ id: number }>('select pg_backend_pid() as id');
        await scene.cut(rows[0]?.id ?? 0);
      }
    },
    done: () => {
      if (fault === 'acknowledge') return Promise.reject(new Error('the source went away before it heard that all is loaded'));
      if (fault === 'validate') scene.failValidation();
      return Promise.resolve();
    },
  };
}

const HANGING: ReadonlySet<Fault | null> = new Set(['network parted', 'place lost', 'instance killed', 'timeout']);

async function* recordsWith(scene: MonthScene, fault: Fault | null, readings: readonly TestReading[], signal: AbortSignal): AsyncGenerator<RecordChunk> {
  let index = 0;
  for (let at = 0; at < readings.length; at += CHUNK) {
    if (at === 2 * CHUNK) {
      if (fault === 'extract') throw new Error('the line went dead');
      if (fault === 'transform') throw new UnreadableInputError('the answer ends in the middle of a record');
      if (fault !== null && HANGING.has(fault)) await hang(scene, fault, signal);
    }
    for await (const records of recordsOf(readings.slice(at, at + CHUNK))) yield records.map((record) => ({ ...record, index: index++ }));
  }
}

/** Hangs for good where its process is gone; else until it is told to end, and tells that it was. */
function hang(scene: MonthScene, fault: Fault, signal: AbortSignal): Promise<never> {
  scene.onHang(fault);
  return new Promise((_resolve, reject) => {
    if (fault !== 'instance killed') signal.addEventListener('abort', () => reject(reasonOf(signal)), { once: true });
  });
}
