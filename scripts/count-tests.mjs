// Prints "passed failed" from the report of vitest's json reporter.
import { readFileSync } from 'node:fs';

const [path] = process.argv.slice(2);
const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(path, 'utf8'));
process.stdout.write(`${numPassedTests} ${numFailedTests}\n`);
