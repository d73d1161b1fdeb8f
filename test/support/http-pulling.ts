import type { Job } from '../../etl/jobs/job.ts';
import { jobOf } from './fetching-runs.ts';
import type { HttpTestSource } from './http-source.ts';

/** What a job says beside its source. */
export interface Pulling {
  readonly mapping?: string;
  readonly limits?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly retryDelay?: string;
}

let jobs = 0;

/** A job over the server, at a path of its own, with a sensor of its own. */
export function pullingFrom(
  server: HttpTestSource,
  source: string,
  { mapping = '', limits = '', environment = {}, retryDelay = 'PT0.01S' }: Pulling = {},
): { readonly sensor: string; readonly job: Job } {
  jobs += 1;
  const sensor = `sensor-${jobs}`;
  const yaml = `
source: { kind: http, url: '${server.origin}/${sensor}', retryDelay: ${retryDelay}, ${source} }
mapping: { register: true, ${mapping} }
limits: { retries: 0, ${limits} }`;
  return { sensor, job: jobOf(yaml, `job-${jobs}`, environment) };
}

/** A record as a server gives it. */
export interface HttpRow {
  readonly time: string;
  readonly sensor: string;
  readonly temperature: number;
}

/** Rows of a sensor, one a minute. */
export function rowsOf(sensor: string, count: number, from = 0): HttpRow[] {
  return Array.from({ length: count }, (_, i) => ({ time: minute(from + i), sensor, temperature: (from + i) % 50 }));
}

/** So many minutes after the beginning of 2026. */
export function minute(number: number): string {
  return new Date(Date.parse('2026-01-01T00:00:00Z') + number * 60_000).toISOString();
}
