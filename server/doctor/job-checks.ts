import { selectLastRuns } from '../../db/etl/run-page.ts';
import type { Queryable } from '../../db/pool.ts';
import type { Environment, ServingSettings } from '../settings.ts';
import { type CheckResult, failBy, ok, warn } from './check.ts';

const NAME = 'jobs';

/** The jobs of the folder, with the environment's variables, and how their newest runs ended, where the store could be asked (`db` null: it could not). */
export async function checkJobs({ THERMOGRAPH_JOBS: folder }: ServingSettings, environment: Environment, db: Queryable | null): Promise<CheckResult> {
  // Only here, because the other checks start faster without the rules of jobs.
  const { openJobLibrary } = await import('../../etl/jobs/job-library.ts');
  try {
    const { jobs, problems } = await openJobLibrary(folder, environment).current();
    if (problems.size > 0) {
      const found = [...problems].map(([id, problem]) => `${id}: ${problem}`).join('; ');
      return warn(
        NAME,
        `${problems.size} of ${jobs.size + problems.size} in the folder ${folder} do not run: ${found}`,
        'mend the files: a running gateway reads them again',
      );
    }
    if (jobs.size === 0) return ok(NAME, `none in the folder ${folder}`);
    const runs = db === null ? [] : await selectLastRuns(db, [...jobs.keys()], 'any');
    const failed = runs.filter(({ state }) => state === 'FAILED' || state === 'TIMED_OUT');
    if (failed.length === 0) return ok(NAME, `${jobs.size} in the folder ${folder}`);
    const found = failed.map(({ id, jobId, code, error }) => `${jobId} (run ${id}): ${code}: ${error}`).join('; ');
    return warn(NAME, `the newest run of ${failed.length} of ${jobs.size} failed: ${found}`, 'docs/errors.md has each code; etlRun(id) has the steps');
  } catch (error) {
    return failBy(NAME, error, 'mend that, or set THERMOGRAPH_JOBS');
  }
}
