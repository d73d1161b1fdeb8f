import { expect, it } from 'vitest';
import { MOST_REORDERED } from '../etl/connect/connector.ts';
import { RowTrail } from '../etl/connect/row-trail.ts';

const pageOf = (first: number, rows: number) => Array.from({ length: rows }, (_, at) => [String(first + at)]);

it.each([
  ['a dry run, in which nobody says what may be forgotten, keeps the places of the newest rows alone', null, 'header'],
  ['a run keeps the places of all rows until it is told', { runId: 1, jobId: 'pull', attempt: 1, instanceId: 1 }, '0'],
])('%s', (_name, claim, first) => {
  const trail = RowTrail.of({ claim });
  const page = 50_000;
  const rows = MOST_REORDERED + page;
  for (let at = 0; at < rows; at += page) trail.add(pageOf(at, page));

  expect(trail.textOf(0)).toBe(first);
  expect(trail.textOf(page)).toBe(String(page));
  expect(trail.textOf(rows - 1)).toBe(String(rows - 1));
});
