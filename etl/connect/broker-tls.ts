import { readFile } from 'node:fs/promises';
import { ConnectError } from './connect-error.ts';
import type { TlsFiles } from './payload-schema.ts';

/** What TLS needs beside what the system knows; names as node:tls has them. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the files of a job's `tls`; null where it has none. */
export async function readTls(files: TlsFiles): Promise<TlsOptions | null> {
  if (files === null) return null;
  const read = async (name: 'ca' | 'cert' | 'key') => {
    const path = files[name];
    if (path === null) return {};
    try {
      return { [name]: await readFile(path, 'utf8') };
    } catch (cause) {
      throw new ConnectError(`tls.${name} names ${path}, which cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  return { ...(await read('ca')), ...(await read('cert')), ...(await read('key')) };
}
