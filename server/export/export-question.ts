import { GraphQLError, type GraphQLSchema } from 'graphql';
import { InvalidArgumentError } from '../../db/errors.ts';
import { didYouMean } from '../../db/nearest-name.ts';
import type { createPreparation } from '../../execution/executor.ts';
import { RowErrors } from '../../execution/row-errors.ts';
import { rowsOf } from '../../execution/row-export.ts';
import { ROW_FORMATS, type RowFormatName } from '../../execution/row-format.ts';
import { createLayOutRows, type RowLayout } from '../../execution/row-layout.ts';
import type { DocumentVariable, SavedDocuments } from '../../resolvers/document-library.ts';
import { forms } from '../../resolvers/forms.ts';
import type { CostGuard } from '../cost-guard.ts';
import { HttpError } from '../http-error.ts';
import type { ExportLibrary } from './document-library.ts';
import { readParameters } from './export-variables.ts';
import { OWN_PARAMETERS, type PreparedDocument, problemOf } from './prepare-document.ts';

/** What is asked for. */
export interface ExportRequest {
  readonly name: string;
  readonly format: RowFormatName;
  readonly mediaType: string;
  readonly search: string;
  readonly isGzip: boolean;
}

/** A request read by the document that it names. */
export interface ExportQuestion {
  readonly layout: RowLayout;
  readonly variables: Record<string, unknown>;
  /** What the file begins with: a byte order mark, where it is wanted. */
  readonly mark: string;
  /** The text of the document. */
  readonly text: string;
}

/** Reads requests. Throws HttpError, InvalidArgumentError, CostExceededError or RowErrors for what cannot be answered. */
export type ReadQuestion = (request: ExportRequest, saved: SavedDocuments) => ExportQuestion;

/** The reading of requests by a library. */
export function createReadQuestion(
  schema: GraphQLSchema,
  documents: ExportLibrary,
  costs: CostGuard,
  prepare: ReturnType<typeof createPreparation>,
): ReadQuestion {
  const layOutRows = createLayOutRows(schema, forms);
  return ({ name, format, search }, saved) => {
    const { document, operation, variables: declared, text } = usable(name, documents, saved);
    const { variables: inputs, bom } = readParameters(schema, operation.variableDefinitions ?? [], search);
    if (bom && format !== 'csv') throw new InvalidArgumentError('bom', 'true', 'only CSV may begin with a byte order mark');
    checkRequired(name, declared, inputs);
    const ready = prepare({ document, operationName: null, variables: inputs });
    if (ready === null) throw new Error(`the document ${name} was prepared, and is not compiled`);
    if ('errors' in ready) throw new RowErrors(ready.errors.map(({ message }) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })));
    // Of a connection that is exported whole a page counts: it is streamed, and holds no more than that.
    costs.admit({ document, operationName: null, variables: ready.variables });
    const rows = rowsOf(ready.plan);
    const problem = problemOf(rows, ready.variables);
    if (problem !== null) throw new HttpError(400, 'BAD_USER_INPUT', problem);
    return { layout: layOutRows(rows, ROW_FORMATS[format]), variables: ready.variables, mark: bom ? '\ufeff' : '', text };
  };
}

function usable(name: string, documents: ExportLibrary, saved: SavedDocuments): PreparedDocument & { readonly text: string } {
  const entry = documents.entry(name, saved);
  if (entry === null) throw unknownDocument(name, documents.names(saved));
  if (entry.prepared === null) throw new HttpError(500, 'UNUSABLE_DOCUMENT', `the document ${name} cannot be used: ${entry.view.problem ?? ''}`);
  return { ...entry.prepared, text: entry.view.text };
}

function unknownDocument(name: string, names: readonly string[]): HttpError {
  return new HttpError(404, 'NOT_FOUND', `there is no document ${JSON.stringify(name)}; there are ${names.join(', ')}${didYouMean(name, names)}`);
}

function checkRequired(document: string, declared: readonly DocumentVariable[], given: Readonly<Record<string, unknown>>): void {
  const missing = declared.filter(({ name, required }) => required && !(name in given));
  const [first] = missing;
  if (first === undefined) return;
  const rule = `the parameters of ${document} are ${[...declared.map(({ name }) => name), ...OWN_PARAMETERS].join(', ')}`;
  const which = missing.map(({ name, type }) => `${name} (${type})`).join(', ');
  const details = { field: first.name, value: null, rule };
  throw new HttpError(400, 'BAD_USER_INPUT', `${which} ${missing.length === 1 ? 'is' : 'are'} missing; ${rule}`, {}, { details });
}
