// What tsc does not carry into dist/: SDL, migrations, source definitions, sample data, the pages that the server hands out. Same layout as in the source.
import { chmodSync, cpSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

for (const folder of ['db', 'etl', 'schema', 'server']) {
  cpSync(new URL(folder, root), new URL(folder, dist), { recursive: true, filter: (source) => !source.endsWith('.ts') });
}
chmodSync(new URL('server/main.js', dist), 0o755);
