import type { BodyBytes, Result } from './compete.ts';
import { type Contestant, isAsked } from './contestants.ts';
import type { Measured } from './measure.ts';
import { type QuestionName, TITLES } from './questions.ts';

/** What a run was and what came of it. */
export interface Run {
  /** By lines: machine, versions, date, command. */
  readonly facts: readonly string[];
  readonly title: string;
  readonly contestants: readonly Contestant[];
  readonly questions: readonly QuestionName[];
  readonly results: readonly Result[];
  readonly bytes: BodyBytes;
  /** What the load generator takes from a server that only sends: answers as long as Thermograph's. */
  readonly control: ReadonlyMap<QuestionName, Measured>;
}

/** The section of RESULTS.md about one run. */
export function composeReport(run: Run): string {
  return [
    `## ${run.title}`,
    '',
    ...run.facts.map((fact) => `- ${fact}`),
    '',
    '### Requests a second, as ratio to the bare server beside',
    '',
    'The median over the rounds, with least and most: each round has a ratio of its own.',
    '',
    ...ratioTable(run),
    '',
    ...run.questions.flatMap((question) => ['', `### ${TITLES[question]}`, '', ...detailTable(run, question)]),
    '',
  ].join('\n');
}

/** The ratios of a server to the one beside it, round by round, ascending. */
function ratiosOf({ results }: Pick<Run, 'results'>, { name, beside }: Contestant, question: QuestionName): readonly number[] {
  return results
    .filter((result) => result.name === name && result.question === question)
    .flatMap(({ round, perSecond }) => {
      const other = results.find((result) => result.name === beside && result.question === question && result.round === round);
      return other === undefined ? [] : [perSecond / other.perSecond];
    })
    .sort((a, b) => a - b);
}

/** Least, median and most, as text. */
function spread(ascending: readonly number[]): string {
  const [least] = ascending;
  const most = ascending.at(-1);
  return least === undefined || most === undefined ? '' : `**${ratio(median(ascending))}** (${ratio(least)}–${ratio(most)})`;
}

function ratioTable(run: Run): string[] {
  return [
    row(['', ...run.questions]),
    row(['---', ...run.questions.map(() => '---:')]),
    ...run.contestants.map((contestant) =>
      row([
        contestant.title,
        ...run.questions.map((question) =>
          contestant.name === contestant.beside && isAsked(contestant, question) ? '1' : spread(ratiosOf(run, contestant, question)),
        ),
      ]),
    ),
  ];
}

function detailTable(run: Run, question: QuestionName): string[] {
  const asked = run.contestants.filter((contestant) => isAsked(contestant, question));
  const rows = asked.map(({ name, title }) => {
    const of = run.results.filter((result) => result.name === name && result.question === question);
    const typical = (pick: (result: Result) => number | null): number => median(of.map((result) => pick(result) ?? Number.NaN).sort((a, b) => a - b));
    return row([title, ...columnsOf(typical), number(run.bytes[question][name] ?? Number.NaN, 0)]);
  });
  const control = run.control.get(question);
  const columns = ['requests/s', 'ms to half of the answers', 'ms to 99 %', 'ms of processor time a request', 'of a core', 'load, of a core', 'bytes'];
  return [
    row(['', ...columns]),
    row(['---', ...columns.map(() => '---:')]),
    ...rows,
    ...(control === undefined ? [] : [row(['control: the load generator alone', ...columnsOf((pick) => pick(control) ?? Number.NaN), ''])]),
  ];
}

function columnsOf(typical: (pick: (result: Measured) => number | null) => number): string[] {
  const [perSecond, p50, p99] = [typical((result) => result.perSecond), typical((result) => result.p50), typical((result) => result.p99)];
  const [cpuMs, busy, loadBusy] = [typical((result) => result.cpuMs), typical((result) => result.busy), typical((result) => result.loadBusy)];
  return [number(perSecond, 0), number(p50, 0), number(p99, 0), number(cpuMs, 2), percent(busy), percent(loadBusy)];
}

function median(ascending: readonly number[]): number {
  const middle = ascending.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [ascending[Math.ceil(middle) - 1], ascending[Math.floor(middle)]];
  return (low + high) / 2;
}

function ratio(value: number): string {
  return value.toFixed(2);
}

function number(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function percent(share: number): string {
  return Number.isNaN(share) ? '' : `${number(share * 100, 0)} %`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
