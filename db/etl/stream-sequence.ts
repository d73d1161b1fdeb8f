import { ThermographError } from '../errors.ts';
import type { Queryable } from '../pool.ts';
import type { Instant } from '../time/instant.ts';

/** Messages of a stream that another batch has counted already: the batch is rolled back. */
export class SequencesCountedError extends ThermographError {
  override readonly name = 'SequencesCountedError';
  readonly code = 'POSITION_TAKEN';
  readonly sequences: ReadonlySet<number>;

  constructor(source: string, sequences: readonly number[]) {
    super(`${sequences.length} messages of ${source} are loaded already: they were handed over again; the batch is loaded without them`);
    this.sequences = new Set(sequences);
  }
}

/** Readings of later messages stand already where messages of this batch would write: the batch is rolled back. */
export class SupersededError extends ThermographError {
  override readonly name = 'SupersededError';
  readonly code = 'POSITION_TAKEN';
  /** What `instantKey` gives of the readings that came too late. */
  readonly keys: ReadonlySet<number>;

  constructor(source: string, keys: ReadonlySet<number>) {
    super(`${keys.size} readings of messages of ${source} were corrected by later messages that were loaded first`);
    this.keys = keys;
  }
}

/** Names the instant of a series that a message writes, in 53 bits (FNV-1a, twice): among the hundred thousands that are compared, two do not meet. */
export function instantKey(sensor: string, metric: string, time: number): number {
  const text = `${sensor}\0${metric}\0${time}`;
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return ((high ^ (high >>> 15)) & 0x1fffff) * 0x1_0000_0000 + ((low ^ (low >>> 13)) >>> 0);
}

/** Where the messages of a batch come from: a job, and the stream that its numbers are of. */
export interface NumberedStream {
  readonly jobId: string;
  readonly source: string;
}

/** A message of a batch: its number in the stream, and the readings of it that are not refused. */
export interface NumberedMessage {
  readonly sequence: number;
  readonly eachReading: (visit: (sensor: string, metric: string, time: Instant) => void) => void;
}

/**
 * Notes in the transaction of a batch that its messages are counted, so that each counts once however often it is handed over, and to whomever.
 * Throws SequencesCountedError where some are counted already, and SupersededError where a later message has written what an earlier one of this batch would write now.
 * Waits for whoever is noting. `floor`: all up to it are acknowledged and never come again.
 */
export async function countSequences(db: Queryable, stream: NumberedStream, messages: readonly NumberedMessage[], floor: number): Promise<void> {
  const { jobId, source } = stream;
  const sequences = messages.map(({ sequence }) => sequence);
  const { rows } = await db.query<{ readonly counted: readonly number[]; readonly latest: number | null }>({
    name: 'lock_sequences',
    // The conflict's update locks the row, and reads what is committed by then.
    text: `
      insert into etl_position as stored (job_id, source, position) values ($1, $2, '{"counted": "{}"}')
          on conflict (job_id, source) do update set updated_at = now()
      returning array(select sequence::text from unnest($3::bigint[]) as given (sequence) where (stored.position ->> 'counted')::int8multirange @> sequence) as counted,
                upper((stored.position ->> 'counted')::int8multirange) - 1 as latest`,
    values: [jobId, source, `{${sequences.join()}}`],
  });
  const stored = rows[0] ?? { counted: [], latest: null };
  if (stored.counted.length > 0) throw new SequencesCountedError(source, stored.counted.map(Number));
  const first = sequences.reduce((least, sequence) => Math.min(least, sequence), Number.MAX_SAFE_INTEGER);
  if (stored.latest !== null && stored.latest > first) await refuseSuperseded(db, stream, messages, first);
  await db.query({
    name: 'count_sequences',
    text: `
      with counted as (
        update etl_position
           set position = jsonb_build_object('counted', ((position ->> 'counted')::int8multirange
                 + coalesce((select range_agg(int8range(sequence, sequence + 1)) from unnest($3::bigint[]) as given (sequence)), '{}')
                 + int8multirange(int8range(0, $4::bigint + 1)))::text)
         where job_id = $1 and source = $2),
      forgotten as (
        delete from etl_written where job_id = $1 and source = $2 and to_sequence <= $4::bigint)
      insert into etl_written (job_id, source, to_sequence, written) values ($1, $2, $5, $6)
          on conflict (job_id, source, to_sequence) do update set written = etl_written.written || excluded.written`,
    values: [jobId, source, `{${sequences.join()}}`, floor, sequences.reduce((most, sequence) => Math.max(most, sequence), 0), packed(messages)],
  });
}

/** The newest counted number of a stream's messages, and which of some are counted. */
export async function selectCounted(db: Queryable, { jobId, source }: NumberedStream, sequences: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows } = await db.query<{ readonly sequence: string }>({
    name: 'select_counted',
    text: `
      select sequence::text as sequence
        from etl_position, unnest($3::bigint[]) as given (sequence)
       where job_id = $1 and source = $2 and (position ->> 'counted')::int8multirange @> sequence`,
    values: [jobId, source, `{${sequences.join()}}`],
  });
  return new Set(rows.map(({ sequence }) => Number(sequence)));
}

async function refuseSuperseded(db: Queryable, { jobId, source }: NumberedStream, messages: readonly NumberedMessage[], first: number): Promise<void> {
  const { rows } = await db.query<{ readonly written: Buffer }>({
    name: 'select_written',
    text: 'select written from etl_written where job_id = $1 and source = $2 and to_sequence > $3',
    values: [jobId, source, first],
  });
  const newest = new Map<number, number>();
  for (const { written } of rows) unpack(written, (key, sequence) => newest.set(key, Math.max(sequence, newest.get(key) ?? 0)));
  const late = new Set<number>();
  for (const { sequence, eachReading } of messages)
    eachReading((sensor, metric, time) => {
      const key = instantKey(sensor, metric, time);
      if ((newest.get(key) ?? 0) > sequence) late.add(key);
    });
  if (late.size > 0) throw new SupersededError(source, late);
}

const ENTRY_BYTES = 16;

/** The key and the number of the message of each reading, in 16 bytes. */
function packed(messages: readonly NumberedMessage[]): Buffer {
  const entries: number[] = [];
  for (const { sequence, eachReading } of messages) eachReading((sensor, metric, time) => entries.push(instantKey(sensor, metric, time), sequence));
  return Buffer.from(Float64Array.from(entries).buffer);
}

function unpack(buffer: Buffer, onEntry: (key: number, sequence: number) => void): void {
  for (let at = 0; at + ENTRY_BYTES <= buffer.length; at += ENTRY_BYTES) onEntry(buffer.readDoubleLE(at), buffer.readDoubleLE(at + 8));
}
