import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isScalarType,
  type TypeNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { InvalidArgumentError } from '../../db/errors.ts';
import { didYouMean } from '../../db/nearest-name.ts';
import { OWN_PARAMETERS } from './prepare-document.ts';

/** What the query string of an export says. */
export interface ExportParameters {
  /** As a GraphQL request would have them in JSON; whether they fit their types is for the schema to say. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether the text begins with a byte order mark, by which Excel knows UTF-8. */
  readonly bom: boolean;
}

/**
 * Reads the query string by the types that the variables are declared with: numbers and booleans from their text, lists from repeated parameters or one JSON array,
 * input objects from JSON, everything else as it stands. An empty parameter of any type but String and ID counts as not given.
 */
export function readParameters(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[], search: string): ExportParameters {
  const given = new URLSearchParams(search);
  const types = typesOf(schema, definitions);
  const variables: Record<string, unknown> = {};
  for (const name of new Set(given.keys())) {
    if (OWN_PARAMETERS.includes(name)) continue;
    const type = types.get(name);
    if (type === undefined) throw unknownParameter(name, given.get(name) ?? '', [...types.keys()]);
    const value = readValue(name, type, given.getAll(name));
    if (value !== undefined) variables[name] = value;
  }
  return { variables, bom: readBom(given.getAll('bom')) };
}

const knownTypes = new WeakMap<readonly VariableDefinitionNode[], ReadonlyMap<string, GraphQLInputType>>();

/** The types of variables by name, looked up once a document. */
function typesOf(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]): ReadonlyMap<string, GraphQLInputType> {
  const known = knownTypes.get(definitions);
  if (known !== undefined) return known;
  const types = new Map(definitions.map(({ variable, type }) => [variable.name.value, inputType(schema, variable.name.value, type)]));
  knownTypes.set(definitions, types);
  return types;
}

function inputType(schema: GraphQLSchema, name: string, node: TypeNode): GraphQLInputType {
  const type = typeFromAST(schema, node);
  if (!isInputType(type)) throw new Error(`a valid document has the variable $${name} of an unknown type`);
  return type;
}

function unknownParameter(name: string, value: string, variables: readonly string[]): InvalidArgumentError {
  const known = [...variables, ...OWN_PARAMETERS];
  return new InvalidArgumentError(name, value, `the parameters of this export are ${known.join(', ')}${didYouMean(name, known)}`);
}

function readBom(values: readonly string[]): boolean {
  const [value = 'false', ...others] = values;
  if (others.length > 0 || (value !== 'true' && value !== 'false'))
    throw new InvalidArgumentError('bom', values.length > 1 ? values : value, 'it must be true or false, once');
  return value === 'true';
}

/** undefined: not given. */
function readValue(name: string, type: GraphQLInputType, texts: readonly string[]): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return readList(name, nullable.ofType, texts);
  const [text = '', ...others] = texts;
  if (others.length > 0) throw new InvalidArgumentError(name, texts, `it is given once: its type is ${String(type)}`);
  return readItem(name, nullable, text);
}

function readList(name: string, item: GraphQLInputType, texts: readonly string[]): unknown {
  const [only = ''] = texts;
  if (texts.length === 1 && only.startsWith('[')) return parseJson(name, only, 'a list is given by repeating its parameter, or as one JSON array');
  const values = texts.map((text) => readItem(name, getNullableType(item), text)).filter((value) => value !== undefined);
  return values.length === 0 && texts.length > 0 ? undefined : values;
}

function readItem(name: string, type: GraphQLInputType, text: string): unknown {
  if (isInputObjectType(type)) return text === '' ? undefined : parseJson(name, text, `its type is ${type.name}, which is given as JSON`);
  if (isListType(type)) return parseJson(name, text, 'lists within lists are given as JSON');
  const kind = isScalarType(type) ? type.name : '';
  if (kind === 'String' || kind === 'ID') return text;
  if (text === '') return undefined;
  if (kind === 'Int' || kind === 'Float') return readNumber(name, text);
  return kind === 'Boolean' ? readBoolean(name, text) : text;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function readNumber(name: string, text: string): number {
  if (!NUMBER.test(text)) throw new InvalidArgumentError(name, text, 'it must be a number');
  return Number(text);
}

function readBoolean(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError(name, text, 'it must be true or false');
  return text === 'true';
}

function parseJson(name: string, text: string, rule: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidArgumentError(name, text, rule, { cause: error });
  }
}
