import { randomUUID } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import type { SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { toPublicError } from './format-error.ts';
import type { GraphqlService } from './graphql-service.ts';
import type { RequestTrace } from './request-scope.ts';
import type { RequestRecord } from './respond.ts';

/** An answer as JSON: whole, or the list of errors for which there is none. */
export type SocketAnswer = { readonly kind: 'next' | 'error'; readonly json: string };

/** Answers a query or a mutation of a socket. Never throws. */
export type SocketAnswers = (payload: SubscribePayload) => Promise<SocketAnswer>;

/** Makes what answers queries and mutations of sockets as those over HTTP are answered, with a log line for each. */
export function createSocketAnswers(service: GraphqlService, log: Logger): SocketAnswers {
  return async (payload) => {
    const trace = new OperationTrace(log);
    const startedAt = performance.now();
    let status = 500;
    try {
      const answer = await service.answer({ method: 'POST', headers: JSON_REQUEST, search: '', body: payload }, trace);
      status = answer.status;
      return answer.notes.hasData ? { kind: 'next', json: answer.text.trimEnd() } : { kind: 'error', json: errorsIn(answer.text) };
    } catch (error) {
      const { message, extensions } = toPublicError(error, trace.log);
      return { kind: 'error', json: JSON.stringify([{ message, extensions }]) };
    } finally {
      const { id, operation, meter } = trace.record;
      const durationMs = Math.round(performance.now() - startedAt);
      log.info({ requestId: id, method: 'WS', operation, status, durationMs, statements: meter.statements, sqlMs: Math.round(meter.sqlMs) }, 'request');
    }
  };
}

const JSON_REQUEST = new HeaderMap([['content-type', 'application/json']]);

/** A class for its getter: most operations have nothing to say but their last line. */
class OperationTrace implements RequestTrace {
  readonly record: RequestRecord = { id: randomUUID(), operation: null, meter: { statements: 0, sqlMs: 0 } };
  readonly #log: Logger;
  #own: Logger | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  get log(): Logger {
    this.#own ??= this.#log.child({ requestId: this.record.id });
    return this.#own;
  }
}

/** The errors of an answer without data, which there are always some of. */
function errorsIn(text: string): string {
  const answer = JSON.parse(text) as unknown;
  if (typeof answer !== 'object' || answer === null || !('errors' in answer)) throw new Error('an answer had neither data nor errors');
  return JSON.stringify(answer.errors);
}
