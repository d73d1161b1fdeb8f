import type { OutgoingHttpHeaders } from 'node:http';

/** What a client is told of a failure: words, a stable code, and what there is to know of the field, the value, the rule or the limit. */
export interface PublicError {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly [detail: string]: unknown };
}

/** What is known of a refusal beside its status, code and words. */
export interface HttpErrorOptions extends ErrorOptions {
  readonly limit?: number;
  /** The field, the value, the rule. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A request that is refused by the rules of HTTP: its status, and what the client is told. */
export class HttpError extends Error implements PublicError {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly extensions: PublicError['extensions'];
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, code: string, message: string, headers: OutgoingHttpHeaders = {}, options: HttpErrorOptions = {}) {
    const { limit, details, ...cause } = options;
    super(message, cause);
    this.status = status;
    this.extensions = { code, ...(limit === undefined ? {} : { limit }), ...details };
    this.headers = headers;
  }
}
