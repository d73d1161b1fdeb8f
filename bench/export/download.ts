import { readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createGunzip } from 'node:zlib';
import type { RunningServer } from '../answers/processes.ts';

/** What one way has taken for all rows. */
export interface Taken {
  readonly rows: number;
  /** As they came over the line. */
  readonly bytes: number;
  readonly ms: number;
  readonly firstByteMs: number;
  /** The most that the gateway had resident, above what it had before; null where it had no part. */
  readonly peakMb: number | null;
}

/** A way to ask the gateway for all readings. */
export interface Download {
  readonly name: string;
  readonly path: string;
  readonly isGzip: boolean;
  /** Lines that are no rows. */
  readonly otherLines: number;
}

export const DOWNLOADS: readonly Download[] = [
  { name: '/export/readings.csv', path: '/export/readings.csv?from=2025', isGzip: false, otherLines: 1 },
  { name: '/export/readings.csv, gzip', path: '/export/readings.csv?from=2025', isGzip: true, otherLines: 1 },
  { name: '/export/readings.ndjson', path: '/export/readings.ndjson?from=2025', isGzip: false, otherLines: 0 },
];

/** Takes all rows as fast as they come, and throws them away but for counting them. A short one goes before, so that connections, catalogue and document are there. */
export async function download(gateway: RunningServer, wanted: Download): Promise<Taken> {
  await take(gateway.url, { ...wanted, path: `${wanted.path}&to=2025-03-01T00:05:00Z` });
  const before = await memoryOf(gateway);
  await writeFile(`/proc/${gateway.pid}/clear_refs`, '5');
  const taken = await take(gateway.url, wanted);
  return { ...taken, peakMb: (await memoryOf(gateway)).most - before.now };
}

function take(url: string, { path, isGzip, otherLines }: Download): Promise<Omit<Taken, 'peakMb'>> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => {
      if (response.statusCode !== 200) reject(new Error(`${path} was answered with ${response.statusCode}`));
      let bytes = 0;
      let firstByteMs = 0;
      let lines = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt;
        bytes += chunk.length;
      });
      const plain = isGzip ? response.pipe(createGunzip()) : response;
      plain.on('data', (chunk: Buffer) => {
        lines += linesIn(chunk);
      });
      plain.on('end', () => resolve({ rows: lines - otherLines, bytes, ms: performance.now() - startedAt, firstByteMs }));
      response.on('error', reject);
    };
    request(new URL(path, url), { headers: isGzip ? { 'accept-encoding': 'gzip' } : {} }, onResponse)
      .on('error', reject)
      .end();
  });
}

/** By their ends. No cell of these rows has one. */
export function linesIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}

async function memoryOf({ pid }: RunningServer): Promise<{ readonly now: number; readonly most: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: figure('VmRSS'), most: figure('VmHWM') };
}
