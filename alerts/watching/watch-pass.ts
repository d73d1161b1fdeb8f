import type pg from 'pg';
import type { Catalogue } from '../../db/catalogue.ts';
import { selectCatalogueVersion } from '../../db/load/catalogue-lock.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { tryToWatch } from '../../db/watch.ts';

/**
 * Runs `work` in a transaction as the one watcher of the store, by a catalogue that is current and stays so meanwhile. null, without having done anything,
 * where another instance is watching or the catalogue has changed: the next pass tries again.
 */
export async function asWatcher<T>(store: Store, catalogue: Catalogue, work: (client: pg.PoolClient) => Promise<T>): Promise<T | null> {
  return withTransaction(store.writePool, async (client) => {
    if (!(await tryToWatch(client))) return null;
    if ((await selectCatalogueVersion(client)) !== catalogue.version) return null;
    return work(client);
  });
}
