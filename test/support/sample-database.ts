import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { openStore } from '../../db/open-store.ts';
import { refreshStaleDays } from '../../db/refresh.ts';
import type { Store } from '../../db/store.ts';
import { loadSample } from '../../server/load-sample.ts';
import { runOn, urlOf } from './test-server.ts';

/** Loading the sample and refreshing its rollups, on a machine that may be small and busy. */
const PATIENCE_MS = 300_000;

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Stores that hold the bundled sample, as a first start leaves it. */
export interface SampleStores {
  /** A store of the caller's own, who closes it. */
  open(): Promise<Store>;
}

/** Loads the sample once before the tests of the file that calls it; each store that is opened is a copy. */
export function useSampleStores(): SampleStores {
  const names: string[] = [];
  const server = () => {
    const [first] = inject('testServers');
    if (first === undefined) throw new Error('this run has no database server');
    return first;
  };
  const create = async (template: string): Promise<Store> => {
    const name = `${server().prefix}${randomBytes(6).toString('hex')}`;
    await runOn(server().url, `create database ${name} template ${template}`);
    names.push(name);
    return openStore({ url: urlOf(server().url, name), timezone: 'UTC', log: SILENT });
  };
  beforeAll(async () => {
    const store = await create(server().template);
    const report = { started: () => undefined, progressed: () => undefined, finished: () => undefined };
    await loadSample(store, { batchSize: 50_000, signal: new AbortController().signal, report });
    await refreshStaleDays(store);
    // A database with a session cannot be copied.
    await store.close();
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const name of names.splice(0)) await runOn(server().url, `drop database if exists ${name} with (force)`);
  });
  return {
    open: () => {
      const [sample] = names;
      if (sample === undefined) throw new Error('the sample is there while the tests run, not while they are collected');
      return create(sample);
    },
  };
}
