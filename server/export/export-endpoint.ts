import Negotiator from 'negotiator';
import { RowErrors } from '../../execution/row-errors.ts';
import type { RowFormatName } from '../../execution/row-format.ts';
import { bareAccept } from '../bare-accept.ts';
import { type Endpoint, statusOf } from '../http.ts';
import { HttpError } from '../http-error.ts';
import { remember } from '../remember.ts';
import { type Exchange, sendErrors } from '../respond.ts';
import { toPublicErrors } from './export-errors.ts';
import type { ExportRequest } from './export-question.ts';
import type { Exporter } from './exporter.ts';

/** The part of the path before the name of a document. */
export const EXPORT_PATH = '/export/';

const MEDIA_TYPES: Readonly<Record<RowFormatName, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

const PATH = /^([^/]*)\.(csv|ndjson|json)$/;

/** GET /export/{name}.csv, .ndjson, .json: the answer to a document that is known by its name, as a file. `names` are those that there are. */
export function createExportEndpoint(exporter: Exporter, names: () => Promise<readonly string[]>): Endpoint {
  return {
    methods: ['GET'],
    async handle(exchange) {
      try {
        const request = readRequest(exchange);
        if (request === null) throw nothingAt(exchange.path, await names());
        await exporter(request, exchange);
      } catch (error) {
        answerFailure(exchange, error);
      }
    },
  };
}

/** The errors of an answer, all of them; what else went wrong is answered as at any other path. */
function answerFailure(exchange: Exchange, error: unknown): void {
  if (!(error instanceof RowErrors) || exchange.response.destroyed) throw error;
  const errors = toPublicErrors(error, exchange.log);
  sendErrors(exchange, Math.max(...errors.map(({ extensions }) => statusOf(extensions.code))), errors);
}

function nothingAt(path: string, names: readonly string[]): HttpError {
  const how = `a document is exported by its name and the ending .csv, .ndjson or .json, as in ${EXPORT_PATH}latest.csv`;
  return new HttpError(404, 'NOT_FOUND', `there is nothing at ${path}: ${how}; there are ${names.join(', ')}`);
}

/** null where the path is none of a file. */
function readRequest({ path, search, request: { headers } }: Exchange): ExportRequest | null {
  const [, name = '', ending = ''] = PATH.exec(path.slice(EXPORT_PATH.length)) ?? [];
  const format = formatOf(ending);
  if (format === null) return null;
  const mediaType = MEDIA_TYPES[format];
  const { accept, 'accept-encoding': encodings } = headers;
  if (accept !== undefined && !accepts(`${format} ${accept}`))
    throw new HttpError(
      406,
      'NOT_ACCEPTABLE',
      `accept is ${JSON.stringify(accept)}, but what ends with .${format} is ${mediaType}: the ending decides, so leave the header out`,
    );
  const encoding = encodingFor(typeof encodings === 'string' ? encodings : '');
  if (encoding === null) throw new HttpError(406, 'NOT_ACCEPTABLE', `accept-encoding is ${JSON.stringify(encodings)}, but exports are gzip or as they are`);
  return { name: decode(name), format, mediaType, search, isGzip: encoding === 'gzip' };
}

function formatOf(ending: string): RowFormatName | null {
  return ending === 'csv' || ending === 'ndjson' || ending === 'json' ? ending : null;
}

const accepts = remember((formatAndAccept) => {
  const [format = '', ...accept] = formatAndAccept.split(' ');
  const known = formatOf(format);
  const headers = { accept: bareAccept(accept.join(' ')) };
  return known !== null && new Negotiator({ headers }).mediaType([MEDIA_TYPES[known].split(';', 1)[0] ?? '']) !== undefined;
});

const encodingFor = remember((header) =>
  header === '' ? 'identity' : (new Negotiator({ headers: { 'accept-encoding': header } }).encoding(['gzip', 'identity']) ?? null),
);

/** What cannot be decoded is no name of a document. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
