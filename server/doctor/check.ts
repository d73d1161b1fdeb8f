import { StoreError } from '../../db/errors.ts';
import { describeFailure } from '../describe-failure.ts';

/** What one check has found. `next` says what to do, wherever something is to be done. */
export type CheckResult =
  | { readonly name: string; readonly status: 'ok'; readonly found: string }
  | { readonly name: string; readonly status: 'warn' | 'fail'; readonly found: string; readonly next: string };

/** Nothing is to be done. */
export function ok(name: string, found: string): CheckResult {
  return { name, status: 'ok', found };
}

/** It works, and yet somebody should look at it. */
export function warn(name: string, found: string, next: string): CheckResult {
  return { name, status: 'warn', found, next };
}

/** It does not work. */
export function fail(name: string, found: string, next: string): CheckResult {
  return { name, status: 'fail', found, next };
}

/** A failure as the result of a check. What a StoreError says ends with what to do, after its last colon. */
export function failBy(name: string, error: unknown, next = 'run it again; if that does not help, this is a bug: report it with this line'): CheckResult {
  const words = describeFailure(error);
  const colon = error instanceof StoreError ? words.lastIndexOf(': ') : -1;
  return colon === -1 ? fail(name, words, next) : fail(name, words.slice(0, colon), words.slice(colon + 2));
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** Bytes as people say them. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)), UNITS.length - 1);
  return `${(bytes / 1024 ** power).toLocaleString('en', { maximumFractionDigits: 1 })} ${UNITS[power]}`;
}
