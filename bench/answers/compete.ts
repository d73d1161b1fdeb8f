import { isDeepStrictEqual } from 'node:util';
import { type Contestant, isAsked } from './contestants.ts';
import { ask, type LoadOptions, load, type Measured, measure } from './measure.ts';
import type { RunningServer } from './processes.ts';
import { QUESTIONS, type QuestionName, variableSets } from './questions.ts';
import { pick } from './random.ts';

/** A server that runs, and what it is. */
export interface Entrant {
  readonly contestant: Contestant;
  readonly server: RunningServer;
}

/** What one server did with one question in one round. */
export interface Result extends Measured {
  readonly round: number;
  readonly name: string;
  readonly question: QuestionName;
}

/** How long everything is. */
export interface CompetitionOptions extends LoadOptions {
  readonly questions: readonly QuestionName[];
  readonly rounds: number;
  /** No round begins that would not end before this instant, by Date.now(); but the first always does. */
  readonly deadline: number;
}

/** Bytes of the body of an average answer, by question and name. */
export type BodyBytes = Readonly<Record<QuestionName, Readonly<Record<string, number>>>>;

/** Asks everybody everything, and throws where two answers differ. The first answer of a server to the first set of variables is the reference for the next. */
export async function checkAnswers(all: readonly Entrant[], questions: readonly QuestionName[], signal: AbortSignal): Promise<BodyBytes> {
  const bytes = Object.fromEntries(QUESTIONS.map((name) => [name, {}])) as Record<QuestionName, Record<string, number>>;
  for (const question of questions) {
    const entrants = all.filter(({ contestant }) => isAsked(contestant, question));
    for (const variables of variableSets[question]) {
      signal.throwIfAborted();
      const answers = await Promise.all(entrants.map(({ server, contestant }) => ask(server, contestant, question, variables)));
      const normalised = answers.map(({ data }, index) => entrants[index]?.contestant.normalise(question, data));
      for (const [index, answer] of normalised.entries()) {
        const name = entrants[index]?.contestant.name ?? '';
        if (!isDeepStrictEqual(answer, normalised[0])) throw new Error(difference(question, name, answer, normalised[0]));
        bytes[question][name] = (bytes[question][name] ?? 0) + (answers[index]?.bytes ?? 0) / variableSets[question].length;
      }
    }
  }
  return bytes;
}

/** Rounds in each of which every server answers every question for some seconds, in an order drawn anew. `onResult` hears of each. */
export async function compete(entrants: readonly Entrant[], options: CompetitionOptions, onResult: (result: Result) => void): Promise<readonly Result[]> {
  const matches = options.questions.flatMap((question) =>
    entrants.filter(({ contestant }) => isAsked(contestant, question)).map((entrant) => ({ question, ...entrant })),
  );
  const results: Result[] = [];
  for (const { question, contestant, server } of matches) await measure(server, contestant, question, { ...options, seconds: 2 });
  let roundMs = 0;
  for (let round = 1; round <= options.rounds && Date.now() + roundMs < options.deadline; round += 1) {
    const startedAt = Date.now();
    for (const { question, contestant, server } of pick(Math.random, matches, matches.length)) {
      const result = { round, name: contestant.name, question, ...(await measure(server, contestant, question, options)) };
      results.push(result);
      onResult(result);
    }
    roundMs = Date.now() - startedAt;
  }
  return results;
}

/** What the load generator takes from a server that does nothing but send so many bytes. */
export function measureControl(server: RunningServer, bytes: number, options: LoadOptions): Promise<Measured> {
  return load(server, [{ method: 'GET', path: `/${Math.round(bytes)}` }], options);
}

function difference(question: QuestionName, name: string, answer: unknown, reference: unknown): string {
  const [left, right] = [JSON.stringify(answer), JSON.stringify(reference)];
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return `${question}: ${name} answers …${left.slice(Math.max(0, at - 40), at + 80)}… where the first answers …${right.slice(Math.max(0, at - 40), at + 80)}…`;
}
