import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadingBatch, SeriesTable } from './reading-batch.ts';
import { CSV_HEADER, csvLinesOf } from './record-text.ts';
import { onlySent, type Sink } from './sink.ts';

/** One file, which has its name only once it is whole. */
export function createCsvFileSink(path: string, table: SeriesTable): Sink {
  const unfinished = `${path}.unfinished`;
  let file: FileHandle | null = null;
  return {
    async send(batch) {
      file ??= await begin(unfinished);
      await file.appendFile(csvLinesOf(batch, table));
      return onlySent(batch.length);
    },
    async close() {
      file ??= await begin(unfinished);
      await file.close();
      await rename(unfinished, path);
    },
  };
}

/** A file a batch in a folder, named by number and the time of its making. Each is given its name only once it is whole, so that whoever watches the folder sees whole files. */
export function createCsvFolderSink(folder: string, table: SeriesTable): Sink {
  const run = new Date().toISOString().replace(/\D/g, '');
  let files = 0;
  return {
    async send(batch: ReadingBatch) {
      const name = join(folder, `${run}-${String(++files).padStart(6, '0')}.csv`);
      const file = await begin(`${name}.unfinished`);
      await file.appendFile(csvLinesOf(batch, table));
      await file.close();
      await rename(`${name}.unfinished`, name);
      return onlySent(batch.length);
    },
    close: async () => undefined,
  };
}

async function begin(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  await file.write(CSV_HEADER);
  return file;
}
