import { expect, it } from 'vitest';
import { parseJob } from '../etl/jobs/job.ts';
import { fencesOf, listPages } from './support/markdown.ts';

/** Variables hold something, whichever a page names. */
const environment = new Proxy<Record<string, string>>({}, { get: () => 'value' });

/** Jobs say where their input is; a whole one has its source at the beginning of a line, a piece of one is shown without. */
const jobs = listPages().flatMap((page) =>
  fencesOf(page)
    .filter(({ language, text }) => language === 'yaml' && /^source:(\s*\{)?\s*(#.*)?\n?\s*kind:/m.test(text))
    .map(({ text }): [string, string] => [page.path, text]),
);

it.each(jobs)('%s shows a job that can be declared', (_path, text) => {
  expect(parseJob(text, 'shown.yaml', environment).id).toBe('shown');
});

it('finds jobs on the pages', () => {
  expect(jobs.length).toBeGreaterThan(3);
});
