import type { HTTPGraphQLRequest } from '@apollo/server';
import { HttpError } from './http-error.ts';
import type { SubscriptionRequest } from './subscriptions/subscription.ts';

/** The parameters of a request as they came, by name. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What a request over HTTP asks for; null where its parameters are not well-formed, which the service will tell. */
export function readParameters({ method, search, body }: HTTPGraphQLRequest): SubscriptionRequest | null {
  const parameters = method === 'POST' ? body : parametersIn(search);
  if (!isRecord(parameters)) return null;
  const { query, operationName = null, variables = null } = parameters;
  if (typeof query !== 'string') return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== null && !isRecord(variables)) return null;
  return { query, operationName, variables };
}

/**
 * The request as the rules have it, where a tool has another way to say the same: an empty text or an empty list for a parameter that is not there, and variables
 * and extensions as the text of their JSON, and a placeholder for a cursor that is not there yet. `resolve` may put other parameters for those that came. What is wrong beyond that stays for the service to tell.
 */
export function normaliseRequest(request: HTTPGraphQLRequest, resolve: (parameters: Parameters) => Parameters): HTTPGraphQLRequest {
  if (request.method === 'POST') {
    const body = isRecord(request.body) ? resolve(normaliseParameters(request.body)) : request.body;
    return body === request.body ? request : { ...request, body };
  }
  const texts = new URLSearchParams(request.search);
  // A parameter that is there twice has no one meaning.
  if (NAMES.some((name) => texts.getAll(name).length > 1)) return request;
  const parameters = resolve(normaliseParameters(Object.fromEntries([...texts].filter(([name]) => NAMES.includes(name)))));
  return { ...request, search: `?${asSearch(parameters)}` };
}

const NAMES = ['query', 'operationName', 'variables', 'extensions'];

/** Parameters as `normaliseRequest` has them. */
function normaliseParameters(parameters: Parameters): Parameters {
  const { operationName, variables, extensions } = parameters;
  if (operationName !== '' && isPlain(variables) && isPlain(extensions) && !hasPlaceholder(variables)) return parameters;
  return {
    ...parameters,
    operationName: operationName === undefined || operationName === '' ? null : operationName,
    variables: withoutPlaceholders(readMap('variables', variables)),
    extensions: readMap('extensions', extensions),
  };
}

function isPlain(map: unknown): boolean {
  return typeof map !== 'string' && !isEmptyList(map);
}

/** Grafana's Infinity puts the cursor of the page before in its place, and sends the place itself with the first page: the backend plugin's remote.go, at version 3.11.1. */
const PLACEHOLDER = /^\$\{__pagination\.[^}]*\}$/;

function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('${__') && PLACEHOLDER.test(value);
}

function hasPlaceholder(variables: unknown): boolean {
  return isRecord(variables) && Object.values(variables).some(isPlaceholder);
}

function withoutPlaceholders(variables: unknown): unknown {
  if (!isRecord(variables) || !hasPlaceholder(variables)) return variables;
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, isPlaceholder(value) ? null : value]));
}

/** Languages whose empty map and empty list are one, as R's and PHP's are, write it as a list. */
function isEmptyList(map: unknown): boolean {
  return Array.isArray(map) && map.length === 0;
}

function readMap(name: string, map: unknown): unknown {
  if (map === undefined || isEmptyList(map)) return null;
  if (typeof map !== 'string') return map;
  if (map.trim() === '') return null;
  const parsed = parseOrUndefined(map);
  if (parsed === null || isEmptyList(parsed)) return null;
  if (isRecord(parsed)) return parsed;
  throw new HttpError(400, 'BAD_REQUEST', `${name} is a map, or the text of one as JSON, but here it is ${shown(map)}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function asSearch(parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) search.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return search.toString();
}

function parametersIn(search: string): Record<string, unknown> | null {
  const { variables, ...others }: Record<string, string> = Object.fromEntries(new URLSearchParams(search));
  try {
    return variables === undefined ? others : { ...others, variables: JSON.parse(variables) as unknown };
  } catch {
    return null;
  }
}

/** Whether it is a map of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
