#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// Waiting for what is still open, such as a pipe that is read slowly, could take for ever.
process.exit(await runCommandLine(process.argv.slice(2), process.env));
