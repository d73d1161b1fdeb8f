import { isCode } from '../db/embedded/data-directory.ts';

/** Why a folder cannot be read, in words for whoever named it. */
export function folderProblem(cause: unknown): string {
  if (isCode(cause, 'ENOTDIR')) return 'it is no folder';
  return isCode(cause, 'ENOENT') ? 'there is no such folder' : fileProblem(cause);
}

/** Why a file cannot be read, in words for whoever named it. */
export function fileProblem(cause: unknown): string {
  if (isCode(cause, 'ENOENT', 'ENOTDIR')) return 'there is no such file';
  if (isCode(cause, 'EACCES', 'EPERM')) return 'this user may not read it';
  if (isCode(cause, 'EISDIR')) return 'it is a directory';
  return cause instanceof Error ? cause.message : String(cause);
}
