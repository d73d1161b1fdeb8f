import { watch } from 'chokidar';
import type { StoreLog } from '../../db/open-store.ts';
import type { FilesSource } from './files-schema.ts';
import { type FoundFile, findFiles, splitPattern } from './find-files.ts';

/** A watch over the folders of a source. */
export interface FileWatch {
  close(): Promise<void>;
}

/** Who hears of new files. */
export interface FileWatching {
  /** Called with files that have settled and were not told before, or have changed since; again after a moment, where it says so or throws. What comes meanwhile leads to another call. */
  readonly onFiles: (files: readonly FoundFile[]) => Promise<'told' | 'later'>;
  readonly log: StoreLog;
}

/** The file system may lose a change, and a network file system tells of none: so long until it is looked at all the same. */
const LOOK_EVERY_MS = 30_000;

/** Whoever is told may be busy. */
const LATER_MS = 500;

/** Several files often come at once. */
const GATHER_MS = 50;

/** Watches the folders of a source until it is closed. What is there at first is new. */
export function watchFiles(source: FilesSource, { onFiles, log }: FileWatching): FileWatch {
  const settleMs = source.settle / 1000;
  const told = new Map<string, string>();
  const alarm = createAlarm();
  const look = async (): Promise<number> => {
    const files = await findFiles(source);
    const there = new Set(files.map(({ path }) => path));
    for (const path of told.keys()) if (!there.has(path)) told.delete(path);
    const fresh = files.filter(({ path, tag }) => told.get(path) !== tag);
    const settled = fresh.filter(({ changedAtMs }) => settleMs === 0 || Math.abs(Date.now() - changedAtMs) >= settleMs);
    if (settled.length > 0 && (await onFiles(settled)) === 'later') return LATER_MS;
    for (const { path, tag } of settled) told.set(path, tag);
    return settled.length < fresh.length ? Math.max(GATHER_MS, settleMs / 2) : LOOK_EVERY_MS;
  };
  const go = async (): Promise<void> => {
    while (!alarm.isOff()) {
      const waitMs = await look().catch((error: unknown) => {
        log.warn({ err: error, paths: source.paths }, 'looking for files failed, will be tried again');
        return LOOK_EVERY_MS;
      });
      await alarm.rings(waitMs);
    }
  };
  const folders = [...new Set(source.paths.map((path) => splitPattern(path).folder))];
  const watcher = watch(folders, { ignoreInitial: true, depth: depthOf(source) });
  watcher.on('all', () => alarm.set(GATHER_MS));
  watcher.on('error', (error) => log.warn({ err: error, folders }, 'watching folders failed: files are found by looking every half minute'));
  const going = go();
  return {
    close: async () => {
      alarm.off();
      await Promise.all([watcher.close(), going]);
    },
  };
}

interface Alarm {
  /** Resolves after so long, or when the alarm that was set is due, or once it is off. */
  rings(afterMs: number): Promise<void>;
  /** Has it ring after so long at the latest. */
  set(ms: number): void;
  off(): void;
  isOff(): boolean;
}

function createAlarm(): Alarm {
  let dueAtMs = Number.POSITIVE_INFINITY;
  let isOff = false;
  let timer: NodeJS.Timeout | undefined;
  let ring: (() => void) | null = null;
  const schedule = (): void => {
    clearTimeout(timer);
    if (ring !== null) timer = setTimeout(ring, Math.max(0, dueAtMs - performance.now())).unref();
  };
  return {
    rings: (afterMs) => {
      if (isOff) return Promise.resolve();
      dueAtMs = Math.min(dueAtMs, performance.now() + afterMs);
      return new Promise((resolve) => {
        ring = () => {
          ring = null;
          dueAtMs = Number.POSITIVE_INFINITY;
          resolve();
        };
        schedule();
      });
    },
    set: (ms) => {
      dueAtMs = Math.min(dueAtMs, performance.now() + ms);
      schedule();
    },
    off: () => {
      isOff = true;
      clearTimeout(timer);
      ring?.();
    },
    isOff: () => isOff,
  };
}

/** How many folders deep the patterns reach, so that no more is watched than that. */
function depthOf({ paths }: FilesSource): number {
  return Math.max(...paths.map((path) => patternDepth(splitPattern(path).pattern)));
}

function patternDepth(pattern: string | null): number {
  if (pattern === null) return 0;
  return pattern.includes('**') ? 99 : pattern.split('/').length - 1;
}
