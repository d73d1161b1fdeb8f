import type { RecordChunk } from '../read/reader.ts';

type Entry = RecordChunk[number];

/** Over so many indexes records are held, or to the end of the chunk that reaches beyond: with the largest chunk, that of a page of a database, below MOST_REORDERED. */
const HELD = 20_000;

/**
 * The records sensor by sensor, as far as they are held at a time; those of one sensor keep their order. Sources mostly have the order of time: each batch would be of all sensors,
 * keep them all from others, and judge them all anew, which takes longer than to load a few hundred readings.
 */
export async function* bySensor(chunks: AsyncIterable<RecordChunk>): AsyncGenerator<RecordChunk> {
  let held = new Map<string, Entry[]>();
  let firstIndex = 0;
  for await (const chunk of chunks) {
    if (held.size === 0) firstIndex = chunk[0]?.index ?? 0;
    for (const record of chunk) hold(held, record);
    if ((chunk.at(-1)?.index ?? firstIndex) - firstIndex < HELD) continue;
    yield* held.values();
    held = new Map();
  }
  yield* held.values();
}

function hold(held: Map<string, Entry[]>, record: Entry): void {
  // What could not be taken apart is nobody's.
  const sensor = 'sensor' in record ? record.sensor : '';
  const own = held.get(sensor);
  if (own === undefined) held.set(sensor, [record]);
  else own.push(record);
}
