import type { BesideByHand, Compared } from './compare.ts';
import type { ScaleQuestion } from './questions.ts';
import { written } from './spread.ts';
import type { StatementPlan } from './statements.ts';

/** What the database says of the statements of a question, without their plans. */
export type PlanFigures = Omit<StatementPlan, 'text'>;

/** What was found of a question. */
export interface Found extends Compared {
  readonly tenth: PlanFigures;
  readonly year: PlanFigures;
}

/** A question and all that was found of it. `byHand` null: there is nothing to compare with. */
export interface Asked {
  readonly question: ScaleQuestion;
  readonly found: Found;
  readonly byHand: (BesideByHand & { readonly plan: StatementPlan }) | null;
}

/** All that a report says. */
export interface ScaleReport {
  readonly title: string;
  readonly facts: readonly string[];
  readonly asked: readonly Asked[];
  readonly whole: readonly { readonly name: string; readonly points: number; readonly ms: number }[];
}

/** The section of one engine. */
export function composeReport({ title, facts, asked, whole }: ScaleReport): string {
  const parts = [
    `## ${title}`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    `### Time of a question, of a tenth of the record and of all of it

Through a gateway over each, one request at a time, both in turn; medians of the rounds, with least and most. Each round has a ratio of its own.`,
    table(
      ['', 'points', 'bytes', 'ms, a tenth', 'ms, the year', 'ratio'],
      asked.map(({ question, found }) => [
        question.name,
        found.points.toLocaleString('en'),
        found.bytes.toLocaleString('en'),
        written(found.tenthMs, 2),
        written(found.yearMs, 2),
        written(found.ratio, 2),
      ]),
    ),
    `And where the points are ten times as many: the whole record by the month, 100 sensors: ${whole.map(({ name, points, ms }) => `${name}: ${points.toLocaleString('en')} points in ${ms.toFixed(1)} ms`).join('; ')}.`,
    `### Its statements, as the database sees them

\`explain (analyze, buffers, timing off)\` of each: a tenth / the year. Pages are of 8 kB.`,
    table(
      ['', 'planned, ms', 'executed, ms', 'pages', 'tables and chunks'],
      asked.map(({ question, found: { tenth, year } }) => [
        question.name,
        `${tenth.planningMs.toFixed(2)} / ${year.planningMs.toFixed(2)}`,
        `${tenth.executionMs.toFixed(2)} / ${year.executionMs.toFixed(2)}`,
        `${tenth.pages.toLocaleString('en')} / ${year.pages.toLocaleString('en')}`,
        `${tenth.relations} / ${year.relations}`,
      ]),
    ),
  ];
  return [...parts, ...besideByHand(asked)].join('\n\n');
}

function besideByHand(asked: readonly Asked[]): readonly string[] {
  const rows = asked.flatMap(({ question, found, byHand }) =>
    byHand === null
      ? []
      : [
          [
            question.name,
            written(byHand.oursMs, 2),
            written(byHand.byHandMs, 2),
            written(byHand.ratio, 2),
            `${(found.year.planningMs + found.year.executionMs).toFixed(2)} / ${(byHand.plan.planningMs + byHand.plan.executionMs).toFixed(2)}`,
          ],
        ],
  );
  if (rows.length === 0) return [];
  return [
    `### Beside TimescaleDB's own real-time aggregates, of the year

Two continuous aggregates with \`materialized_only = false\`, by the hour and by the day, straight over the readings and refreshed to their end; each question as one \`select\` by hand. Statements
alone, from being sent to the last row: the gateway's as \`explain\` tells them, those by hand over \`pg\`, in turn. The points are the same.`,
    table(['', 'gateway, ms', 'by hand, ms', 'ratio', 'planned and executed, ms: gateway / by hand'], rows),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
