import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { RunningCommand } from './command.ts';
import { endServerOver, makeTestDirectory } from './directory.ts';

const checkShape = z.object({ name: z.string(), status: z.enum(['ok', 'warn', 'fail']), found: z.string(), next: z.string().optional() });
const reportShape = z.object({ ok: z.boolean(), checks: z.array(checkShape) });

type Check = z.infer<typeof checkShape>;

/** What the doctor said: each check also by its name. */
export interface Diagnosis {
  readonly exitCode: number | null;
  readonly ok: boolean;
  readonly all: readonly Check[];
  readonly output: string;
  readonly [check: string]: unknown;
}

/** Commands and data directories for the tests of one file; what a test leaves running or lying about is ended and removed after it. */
export interface DoctorTools {
  readonly run: (args: readonly string[], environment: Record<string, string>) => RunningCommand;
  /** Has a gateway with these settings looked at. */
  readonly examine: (environment: Record<string, string>) => Promise<Diagnosis>;
  /** A directory to put a data directory named `data` in. */
  readonly makeDirectory: () => Promise<string>;
}

/** Call it once at the top of a test file. */
export function useDoctor(): DoctorTools {
  const running: RunningCommand[] = [];
  const directories: string[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((command) => command.end()));
    for (const directory of directories.splice(0)) {
      await endServerOver(join(directory, 'data', 'postgresql'));
      rmSync(directory, { recursive: true, force: true });
    }
  });
  const run: DoctorTools['run'] = (args, environment) => {
    const command = new RunningCommand(args, environment);
    running.push(command);
    return command;
  };
  return {
    run,
    async examine(environment) {
      const command = run(['doctor', '--json'], { PORT: '0', ...environment });
      const exitCode = await command.exitCode();
      const { ok, checks } = reportShape.parse(JSON.parse(command.output));
      return { ...Object.fromEntries(checks.map((check) => [check.name, check])), exitCode, ok, all: checks, output: command.output + command.errors };
    },
    async makeDirectory() {
      const directory = await makeTestDirectory();
      directories.push(directory);
      return directory;
    },
  };
}
