import { openStore } from '../db/open-store.ts';
import type { Store } from '../db/store.ts';
import { createDatabase, dropDatabase } from './answers/store.ts';

const LOG = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };

/** Works with a store in an empty database of its own, which is dropped afterwards. */
export async function withOwnStore<T>(serverUrl: string, work: (store: Store, url: string) => Promise<T>): Promise<T> {
  const name = `thermograph_bench_${process.pid}`;
  if (!(await createDatabase(serverUrl, name))) throw new Error(`the database ${name} is there already, of a run that was killed: drop it`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const store = await openStore({ url: url.href, timezone: 'UTC', log: LOG });
  try {
    return await work(store, url.href);
  } finally {
    await store.close();
    await dropDatabase(serverUrl, name);
  }
}
