// GraphiQL with everything that it needs, in a few files that the server hands out: nothing is fetched from another origin. Takes a second.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const page = new URL('../web/graphiql/', import.meta.url);
const target = new URL('../server/graphiql/', import.meta.url);

// Written over what is there: a gateway that starts meanwhile finds every file.
mkdirSync(target, { recursive: true });
await build({
  absWorkingDir: fileURLToPath(new URL('../', import.meta.url)),
  entryPoints: {
    main: fileURLToPath(new URL('main.tsx', page)),
    'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
    'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
  },
  outdir: fileURLToPath(target),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.graphql': 'text', '.ttf': 'file' },
  assetNames: '[name]',
  publicPath: '/graphiql/',
  legalComments: 'linked',
  logLevel: 'warning',
});
for (const file of ['index.html', 'page.css']) copyFileSync(new URL(file, page), new URL(file, target));
