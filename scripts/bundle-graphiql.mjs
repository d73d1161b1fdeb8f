// GraphiQL with everything that it needs, in files that the server hands out: nothing is fetched from another origin. Takes two seconds.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const page = new URL('../web/graphiql/', import.meta.url);
const target = new URL('../server/graphiql/', import.meta.url);

const common = {
  absWorkingDir: fileURLToPath(new URL('../', import.meta.url)),
  outdir: fileURLToPath(target),
  bundle: true,
  minify: true,
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'linked',
  logLevel: 'warning',
  write: false,
};
const bundles = await Promise.all([
  // In parts: the page can be drawn before the editor is there, and what tidies a query is fetched by who tidies one.
  build({
    ...common,
    entryPoints: { main: fileURLToPath(new URL('main.tsx', page)) },
    format: 'esm',
    splitting: true,
    chunkNames: 'part-[hash]',
    assetNames: '[name]',
    publicPath: '/graphiql/',
    jsx: 'automatic',
    loader: { '.graphql': 'text', '.ttf': 'file' },
  }),
  build({
    ...common,
    entryPoints: {
      'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
      'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
      'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
    },
    format: 'iife',
  }),
]);

const files = new Map(bundles.flatMap(({ outputFiles }) => outputFiles.map(({ path, contents }) => [basename(path), contents])));
// A part that is fetched later does not bring its styles along, and the editor's are among those.
const styles = [...files.keys()].filter((name) => name.endsWith('.css'));
const links = styles.map((name) => `<link rel="stylesheet" href="/graphiql/${name}" />`).join('\n    ');
files.set('index.html', Buffer.from(readFileSync(new URL('index.html', page), 'utf8').replace('<!-- styles -->', links)));

// Put in place whole, one after the other, and what is no more goes last: a gateway that starts meanwhile finds every file. Kept as it is sent: a third of the size.
mkdirSync(target, { recursive: true });
const aside = mkdtempSync(fileURLToPath(new URL('../.graphiql-', target)));
for (const [name, contents] of files) {
  const path = join(aside, `${name}.gz`);
  writeFileSync(path, gzipSync(contents, { level: 9 }));
  renameSync(path, new URL(`${name}.gz`, target));
}
rmSync(aside, { recursive: true });
for (const name of readdirSync(target)) if (!files.has(name.replace(/\.gz$/, '')) || !name.endsWith('.gz')) rmSync(new URL(name, target), { force: true });
