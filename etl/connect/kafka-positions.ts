import type { Consumer } from '@platformatic/kafka';
import { advancePosition, type Json, PositionConflictError, selectPosition, selectPositions } from '../../db/etl/position.ts';
import type { StreamContext } from './connector.ts';
import type { KafkaSource } from './kafka-schema.ts';

/** A partition that this instance has been given, until the next time that the group shares them out. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
  /** Of the topic: one that is made anew under the same name has another. null: the broker is too old to tell. */
  readonly topicId: string | null;
  /** Names its position. */
  readonly source: string;
  /** What is stored of it, as it stands there. */
  stored: Json;
  /** The offset to fetch from. */
  next: number;
}

/** What is stored of a partition: the offset of the first message that is not loaded. */
export function positionAt(offset: number, topicId: string | null): Json {
  return { offset, topicId };
}

/** The offset of a stored position. */
function offsetOf(position: Json): number {
  const offset = typeof position === 'object' && position !== null && 'offset' in position ? position.offset : 0;
  return Number(offset);
}

/** Where we stand in partitions that we were given: as the store says, whatever the broker believes. Those that are new to the job are begun, and the beginning is stored. */
export async function restorePartitions(
  consumer: Consumer,
  source: KafkaSource,
  context: StreamContext,
  given: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): Promise<readonly Partition[]> {
  const { store, job } = context;
  const metadata = await consumer.metadata({ topics: given.map(({ topic }) => topic) });
  const rows = new Map((await selectPositions(store.writePool, job.id)).map((row) => [row.source, row.position]));
  const partitions: Partition[] = [];
  for (const { topic, partitions: numbers } of given) {
    const topicId = idOf(metadata.topics.get(topic)?.id ?? '');
    // What a job that begins with the latest has seen begun, it reads from the first message on where partitions are added.
    const isKnown = [...rows.keys()].some((name) => name.startsWith(`${topic}/`));
    const start = isKnown ? 'earliest' : source.start;
    for (const partition of numbers) {
      const name = `${topic}/${partition}`;
      const before = { topic, partition, topicId, source: name };
      const stored = rows.get(name) ?? (await begin(consumer, context, before, start));
      partitions.push({ ...before, stored, next: offsetOf(stored) });
    }
  }
  return Promise.all(partitions.map((partition) => ofThisTopic(consumer, context, partition)));
}

type Place = Pick<Partition, 'topic' | 'partition' | 'topicId' | 'source'>;

async function begin(consumer: Consumer, { store, job }: StreamContext, place: Place, start: KafkaSource['start']): Promise<Json> {
  const position = positionAt(await boundOf(consumer, place, start), place.topicId);
  try {
    await advancePosition(store.writePool, { jobId: job.id, source: place.source, expected: null, position });
    return position;
  } catch (error) {
    const stored = error instanceof PositionConflictError ? await selectPosition(store.writePool, job.id, place.source) : undefined;
    if (stored === undefined) throw error;
    return stored;
  }
}

/** A topic that was deleted and made anew has new messages under old offsets: it is begun anew. */
async function ofThisTopic(consumer: Consumer, context: StreamContext, partition: Partition): Promise<Partition> {
  const { stored, topicId } = partition;
  const storedId = typeof stored === 'object' && stored !== null && 'topicId' in stored ? stored.topicId : null;
  if (topicId === null || storedId === null || storedId === topicId) return partition;
  return moveTo(context, partition, await boundOf(consumer, partition, 'earliest'), 'the topic was deleted and made anew: it is read from its beginning');
}

/** Goes on at another offset, which is stored, and says why. */
export async function moveTo({ store, job, log }: StreamContext, partition: Partition, offset: number, why: string): Promise<Partition> {
  const position = positionAt(offset, partition.topicId);
  log.warn({ job: job.id, partition: partition.source, from: offsetOf(partition.stored), to: offset }, why);
  await advancePosition(store.writePool, { jobId: job.id, source: partition.source, expected: partition.stored, position });
  return { ...partition, stored: position, next: offset };
}

/** The first offset that a partition has, or the one after its last. */
export async function boundOf(consumer: Consumer, { topic, partition }: Pick<Place, 'topic' | 'partition'>, which: 'earliest' | 'latest'): Promise<number> {
  const offsets = await consumer.listOffsets({ topics: [topic], partitions: { [topic]: [partition] }, timestamp: which === 'earliest' ? -2n : -1n });
  return Number(offsets.get(topic)?.[partition] ?? 0n);
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const NO_ID = '00000000-0000-0000-0000-000000000000';

function idOf(id: string): string | null {
  return UUID.test(id) && id !== NO_ID ? id : null;
}
