import { basename } from 'node:path';
import { StoreError } from '../../db/errors.ts';
import { isDefinitionPath } from '../../etl/source-definition.ts';

/** What was to be loaded beside the gateway. */
interface Load {
  readonly files: readonly string[];
  readonly source: string | undefined;
  /** Whether the source tells by the name of a file what is in it. */
  readonly isToldByName: boolean;
  readonly register: boolean;
  readonly timezone: string | undefined;
}

/** The failure of a load whose store a running gateway holds, with the request that loads the same through the gateway; any other failure as it is. */
export function besideGateway(error: unknown, load: Load): unknown {
  if (!(error instanceof StoreError && error.code === 'DATA_DIRECTORY_IN_USE')) return error;
  return new StoreError(
    error.code,
    `${error.message}. ${copyFirst(load)}the gateway takes it by POST /ingest, at the address of its line "ready":\n  ${requestOf(load)}`,
    {
      cause: error,
    },
  );
}

function copyFirst({ source }: Load): string {
  if (source === undefined || !isDefinitionPath(source)) return 'To load beside it: ';
  return `To load beside it, copy ${source} into the folder that THERMOGRAPH_SOURCES names for the gateway (default: sources, where it was started); no restart is needed. Then `;
}

function requestOf({ files: [file = '-'], source, isToldByName, register, timezone }: Load): string {
  const parameters = new URLSearchParams();
  if (source !== undefined) parameters.set('source', basename(source).replace(/\.ya?ml$/i, ''));
  if (isToldByName && file !== '-') parameters.set('file', basename(file));
  if (register) parameters.set('register', 'true');
  if (timezone !== undefined) parameters.set('timezone', timezone);
  const query = parameters.size === 0 ? '' : `?${parameters.toString().replaceAll('%2F', '/')}`;
  return `curl --data-binary @${file} -H 'content-type: ${typeOf(file)}' 'http://127.0.0.1:4000/ingest${query}'`;
}

function typeOf(file: string): string {
  if (/\.json(\.gz)?$/i.test(file)) return 'application/json';
  return /\.(ndjson|jsonl)(\.gz)?$/i.test(file) ? 'application/x-ndjson' : 'text/csv';
}
