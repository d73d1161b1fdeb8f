import type { QueryResolvers, StoreResolvers } from './types.generated.ts';

/** The store itself. */
export const storeResolvers = {
  Query: {
    store: async (_root, _args, { open }) => (await open()).storeStats(),
  } satisfies QueryResolvers,
  Store: {
    engine: (_stats, _args, { loaders }) => loaders.engine,
    version: ({ server, timescale }, _args, { loaders }) =>
      loaders.engine === 'timescale' && timescale !== null
        ? `PostgreSQL ${shortVersion(server)} with TimescaleDB ${timescale}`
        : `PostgreSQL ${shortVersion(server)}`,
    timezone: (_stats, _args, { loaders }) => loaders.timezone,
  } satisfies StoreResolvers,
};

/** Debian adds its package's version: `15.14 (Debian 15.14-0+deb12u1)`. */
function shortVersion(server: string): string {
  return server.split(' ', 1)[0] ?? server;
}
