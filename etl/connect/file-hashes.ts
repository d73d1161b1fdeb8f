import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type FoundFile, fileOf } from './find-files.ts';

/** Gives the SHA-256 of files as they are stored. */
export interface FileHashes {
  /** Of what was read before and has not changed since, without reading it again. */
  of(handle: FileHandle, path: string, signal: AbortSignal): Promise<HashedFile>;
  /** The same where it is known without opening the file. */
  known(file: FoundFile): string | null;
}

/** A file, and the hash of its first `file.size` bytes. */
export interface HashedFile {
  readonly file: FoundFile;
  readonly sha256: string;
}

/** Hashes kept in memory, of the files that were asked for last. */
const MAX_KNOWN = 100_000;

/** A file that was written so shortly before it was looked at may be written again without looking different: clocks of file systems have steps of up to 2 s. */
const RACY_MS = 3_000;

const BLOCK_BYTES = 256 * 1024;

/** Remembers hashes by what the file system says of a file, so that a folder of finished files is not read at every run. */
export function createFileHashes(): FileHashes {
  const known = new Map<string, { readonly tag: string; readonly sha256: string }>();
  const lookUp = ({ path, tag }: FoundFile): string | null => {
    const found = known.get(path);
    return found?.tag === tag ? found.sha256 : null;
  };
  const remember = ({ path, tag }: FoundFile, sha256: string): void => {
    known.delete(path);
    known.set(path, { tag, sha256 });
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  };
  return {
    known: lookUp,
    of: async (handle, path, signal) => {
      const file = fileOf(path, await handle.stat({ bigint: true }));
      const remembered = lookUp(file);
      if (remembered !== null) return { file, sha256: remembered };
      // By when it was looked at: whatever is written while it is read comes later than that.
      const isRacy = Math.abs(Date.now() - file.changedAtMs) <= RACY_MS;
      const hash = createHash('sha256');
      for await (const block of blocksOf(handle, file.size, signal)) hash.update(block);
      const sha256 = hash.digest('hex');
      if (!isRacy) remember(file, sha256);
      return { file, sha256 };
    },
  };
}

/** The first `size` bytes of a file, or fewer where it has become shorter. */
export async function* blocksOf(handle: FileHandle, size: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let position = 0; position < size; ) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(
      Buffer.allocUnsafe(Math.min(BLOCK_BYTES, size - position)),
      0,
      Math.min(BLOCK_BYTES, size - position),
      position,
    );
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
