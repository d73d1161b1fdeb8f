// What tsc does not carry into dist/: SDL, migrations, source definitions, sample data, the pages that the server hands out. Same layout as in the source.
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

for (const folder of ['db', 'etl', 'schema', 'server']) {
  cpSync(new URL(folder, root), new URL(folder, dist), { recursive: true, filter: (source) => !source.endsWith('.ts') });
}
// A build does not empty dist/, because a gateway may be running from it. But a migration that is no more must not be applied, nor an old part of a page kept.
for (const folder of ['db/migrations/', 'server/graphiql/']) {
  for (const file of readdirSync(new URL(folder, dist))) if (!existsSync(new URL(folder + file, root))) rmSync(new URL(folder + file, dist));
}
chmodSync(new URL('server/main.js', dist), 0o755);
