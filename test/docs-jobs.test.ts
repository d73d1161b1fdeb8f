import { describe, expect, it } from 'vitest';
import { parseJob } from '../etl/jobs/job.ts';
import { fencesOf, listPages } from './support/markdown.ts';

/** Whatever a job may ask of the environment. */
const ANYTHING = new Proxy<Record<string, string>>({}, { get: () => 'as set' });

describe('jobs that readers are shown', () => {
  for (const page of listPages()) {
    for (const { language, text, line } of fencesOf(page)) {
      if (language !== 'yaml' || !/^source:/m.test(text) || !/\bkind: /.test(text)) continue;
      it(`are valid: ${page.path}, line ${line}`, () => {
        expect(parseJob(text, 'shown.yaml', ANYTHING).source.kind).toEqual(expect.any(String));
      });
    }
  }
});
