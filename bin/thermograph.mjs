#!/usr/bin/env node
// In a clone this is there before anything is built: npx remembers a command that it did not find, and would go on not finding it after the build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/server/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('thermograph: not built yet: npm start builds and starts, npm run build only builds\n');
  process.exitCode = 1;
}
