import type { HTTPGraphQLRequest } from '@apollo/server';
import type { SubscriptionRequest } from './subscriptions/subscription.ts';

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

function parametersIn(search: string): Record<string, unknown> | null {
  const { variables, ...others }: Record<string, string> = Object.fromEntries(new URLSearchParams(search));
  try {
    return variables === undefined ? others : { ...others, variables: JSON.parse(variables) as unknown };
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
