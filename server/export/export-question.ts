import type { GraphQLSchema } from 'graphql';
import { InvalidArgumentError } from '../../db/errors.ts';
import { didYouMean } from '../../db/nearest-name.ts';
import type { createPreparation } from '../../execution/executor.ts';
import { RowErrors } from '../../execution/row-errors.ts';
import { rowsOf } from '../../execution/row-export.ts';
import { ROW_FORMATS, type RowFormat, type RowFormatName } from '../../execution/row-format.ts';
import { isWholeConnection, type RowPlan } from '../../execution/row-plan.ts';
import type { SavedDocuments } from '../../resolvers/document-library.ts';
import type { CostGuard } from '../cost-guard.ts';
import { HttpError } from '../http-error.ts';
import type { ExportLibrary } from './document-library.ts';
import { readParameters } from './export-variables.ts';
import { problemOf } from './prepare-document.ts';

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
  readonly rows: RowPlan;
  readonly variables: Record<string, unknown>;
  readonly format: RowFormat;
  readonly bom: boolean;
  /** The text of the document. */
  readonly text: string;
  /** Whether the rows are those of a connection of which the document does not say how much it wants: there may be any number. */
  readonly isWhole: boolean;
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
  return ({ name, format, search }, saved) => {
    const entry = documents.entry(name, saved);
    if (entry === null) throw unknownDocument(name, documents.names(saved));
    const { prepared, view } = entry;
    if (prepared === null) throw new HttpError(500, 'UNUSABLE_DOCUMENT', `the document ${name} cannot be used: ${view.problem ?? ''}`);
    const { variables: inputs, bom } = readParameters(schema, prepared.operation.variableDefinitions ?? [], search);
    if (bom && format !== 'csv') throw new InvalidArgumentError('bom', 'true', 'only CSV may begin with a byte order mark');
    const missing = prepared.variables.filter(({ name: variable, required }) => required && !(variable in inputs));
    if (missing.length > 0)
      throw missingParameters(
        name,
        missing.map((variable) => `${variable.name} (${variable.type})`),
        prepared.variables.map((variable) => variable.name),
      );
    const ready = prepare({ document: prepared.document, operationName: null, variables: inputs });
    if (ready === null) throw undecided(name);
    if ('errors' in ready) throw new RowErrors(ready.errors);
    // Of a connection that is exported whole a page counts: it is streamed, and holds no more than that.
    costs.admit({ document: prepared.document, operationName: null, variables: ready.variables });
    const rows = rowsOf(ready.plan);
    const problem = problemOf(rows, ready.variables);
    if (problem !== null) throw new HttpError(400, 'BAD_USER_INPUT', problem);
    const isWhole = rows.path.some((field) => isWholeConnection(field, ready.variables));
    return { rows, variables: ready.variables, format: ROW_FORMATS[format], bom, text: view.text, isWhole };
  };
}

function unknownDocument(name: string, names: readonly string[]): HttpError {
  return new HttpError(404, 'NOT_FOUND', `there is no document ${JSON.stringify(name)}; there are ${names.join(', ')}${didYouMean(name, names)}`);
}

function missingParameters(document: string, missing: readonly string[], known: readonly string[]): HttpError {
  const are = missing.length === 1 ? 'is' : 'are';
  return new HttpError(400, 'BAD_USER_INPUT', `${missing.join(', ')} ${are} missing; the parameters of ${document} are ${known.join(', ')}`);
}

/** The only way for a valid query not to be compiled, once introspection is out. */
function undecided(name: string): HttpError {
  return new HttpError(400, 'BAD_USER_INPUT', `a variable that decides by @include or @skip over the columns of ${name} is null: it must be true or false`);
}
