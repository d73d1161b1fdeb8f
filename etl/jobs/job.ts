import { basename } from 'node:path';
import { InvalidArgumentError } from '../../db/errors.ts';
import { didYouMean } from '../../db/nearest-name.ts';
import { parseYaml, problemAt } from '../yaml-document.ts';
import { JOB_KEYS, type JobBody, jobSchema } from './job-schema.ts';
import { fillIn, type Secrets } from './variables.ts';

/** A job as its YAML declares it. */
export type Job = JobBody & {
  /** Name of the YAML file without its ending. */
  readonly id: string;
  /** What came from environment variables, so that no text that leaves the process shows it. */
  readonly secrets: Secrets;
};

/** The ending of a file that declares a job. */
export const JOB_ENDING = /\.ya?ml$/i;

const ID = /^[\w.-]{1,100}$/;

/** Whether a job consumes without an end. */
export function isStream(job: Pick<Job, 'source'>): boolean {
  return job.source.kind === 'mqtt' || job.source.kind === 'kafka' || job.source.kind === 'nats';
}

/** A job from its YAML text; `file` names it in errors, `environment` has the variables that `${NAME}` in a text stands for. */
export function parseJob(text: string, file: string, environment: Readonly<Record<string, string | undefined>>): Job {
  const label = basename(file);
  const id = label.replace(JOB_ENDING, '');
  if (!ID.test(id)) throw new InvalidArgumentError('job', id, 'the name of its file has letters, digits, dots, dashes and underscores, at most 100');
  const document = parseYaml(text, label);
  const { filled, secrets } = fillIn(document, label, environment);
  const checked = jobSchema.safeParse(filled);
  if (checked.success) return { ...checked.data, id, secrets };
  const { issues } = checked.error;
  // A key that is spelt wrong explains the one that is missing.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw checked.error;
  // The document as it was written, with the names of variables in place of what they hold.
  throw problemAt(label, document, issue, { whole: 'the job', unknownKey });
}

function unknownKey(key: string): string {
  return `there is no such key here${JOB_KEYS.has(key) ? '; it belongs to another part, or to a source of another kind' : didYouMean(key, JOB_KEYS)}`;
}
