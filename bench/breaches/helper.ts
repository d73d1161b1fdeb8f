import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { benchFile } from '../answers/processes.ts';

/** A process of this run that does what it is told by messages. */
export interface Helper {
  readonly pid: number;
  /** What it answers. Rejects where it says that it could not, or has ended. */
  ask<T>(order: string, options?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** What a helper says: an answer, or something of its own accord. */
export type Said = Readonly<Record<string, unknown>>;

interface Question {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a file of bench/peers. It ends with this process, however that ends. */
export function startHelper(file: string, onSaid: (said: Said) => void = () => undefined): Helper {
  const child = fork(benchFile(`peers/${file}`), { serialization: 'advanced', execArgv: [], detached: true });
  const questions = new Map<number, Question>();
  let asked = 0;
  child.on('message', (said: Said) => {
    const question = typeof said.id === 'number' ? questions.get(said.id) : undefined;
    if (question === undefined) return onSaid(said);
    questions.delete(Number(said.id));
    if (said.error === undefined) question.resolve(said.answer);
    else question.reject(new Error(`${file}: ${JSON.stringify(said.error)}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of questions.values()) reject(new Error(`${file} has ended with ${code}`));
  });
  return {
    pid: child.pid ?? 0,
    ask<T>(order: string, options: Readonly<Record<string, unknown>> = {}): Promise<T> {
      asked += 1;
      const id = asked;
      return new Promise<T>((resolve, reject) => {
        questions.set(id, { resolve: (answer) => resolve(answer as T), reject });
        child.send({ id, order, options });
      });
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
