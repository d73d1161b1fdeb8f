import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../../db/embedded/data-directory.ts';
import { InvalidArgumentError, NotFoundError } from '../../db/errors.ts';
import { fileProblem, folderProblem } from '../file-problem.ts';
import { JOB_ENDING, type Job, parseJob } from './job.ts';

/** The jobs of a folder at one moment. */
export interface JobFolder {
  /** By id, in the order of ids. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** By the id that the job would have: why its file declares none. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The folder with the jobs of a gateway, read again whenever a file in it has changed. */
export interface JobLibrary {
  readonly folder: string;
  current(): Promise<JobFolder>;
}

/** Opens a folder, which need not exist: then there are no jobs. A broken file is a problem of its own and keeps no other from being read; `environment` has the variables. */
export function openJobLibrary(folder: string, environment: Readonly<Record<string, string | undefined>>): JobLibrary {
  let known: { readonly tag: string; readonly read: JobFolder } | null = null;
  return {
    folder,
    current: async () => {
      const files = await listJobFiles(folder);
      const tag = (await Promise.all(files.map((file) => tagOf(join(folder, file))))).join('\n');
      if (known?.tag !== tag) known = { tag, read: await readJobs(folder, files, environment) };
      return known.read;
    },
  };
}

/** A library of jobs that are there already. */
export function fixedJobLibrary(jobs: readonly Job[]): JobLibrary {
  const read: JobFolder = { jobs: new Map(jobs.map((job) => [job.id, job])), problems: new Map() };
  return { folder: '', current: () => Promise.resolve(read) };
}

/** The job of that id. Throws NotFoundError, or the problem of its file. */
export function findJob({ jobs, problems }: JobFolder, id: string): Job {
  const job = jobs.get(id);
  if (job !== undefined) return job;
  const problem = problems.get(id);
  if (problem !== undefined) throw new InvalidArgumentError('job', id, `its file is broken: ${problem}`);
  throw new NotFoundError('job', id, 'job', jobs.keys());
}

async function readJobs(folder: string, files: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<JobFolder> {
  const jobs = new Map<string, Job>();
  const problems = new Map<string, string>();
  for (const file of files) {
    const id = file.replace(JOB_ENDING, '');
    if (jobs.has(id) || problems.has(id)) {
      jobs.delete(id);
      problems.set(id, `there are two files for it, ${id}.yaml and ${id}.yml: remove one`);
      continue;
    }
    try {
      jobs.set(id, parseJob(await readText(folder, file), file, environment));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      problems.set(id, error.message);
    }
  }
  return { jobs, problems };
}

async function readText(folder: string, file: string): Promise<string> {
  try {
    return await readFile(join(folder, file), 'utf8');
  } catch (cause) {
    throw new InvalidArgumentError('job', file, `the file cannot be read: ${fileProblem(cause)}`, { cause });
  }
}

async function listJobFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((file) => JOB_ENDING.test(file) && !file.startsWith('.')).sort();
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return [];
    throw new InvalidArgumentError('THERMOGRAPH_JOBS', folder, `the folder cannot be read: ${folderProblem(cause)}`, { cause });
  }
}

async function tagOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${path} ${mtimeMs} ${size} ${ino}`;
  } catch (cause) {
    return `${path} ${fileProblem(cause)}`;
  }
}
