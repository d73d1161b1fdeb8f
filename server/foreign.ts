import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { isLoopback } from './settings.ts';

/**
 * Refuses what a page of somebody else's may have sent. While there is no authentication, being on this machine is what allows everything, and a browser on
 * this machine runs foreign pages: one whose own name was pointed at 127.0.0.1 (DNS rebinding) shows by its Host header, any other by its Origin.
 */
export function refuseForeign({ headers }: IncomingMessage): void {
  const { host, origin } = headers;
  if (host !== undefined && !isThisMachine(`http://${host}`)) {
    throw new HttpError(
      403,
      'FORBIDDEN_HOST',
      `the request is for the host ${JSON.stringify(host)}, but without authentication only localhost, 127.0.0.1 and [::1] are answered`,
    );
  }
  if (origin !== undefined && !isThisMachine(origin)) {
    throw new HttpError(
      403,
      'FORBIDDEN_ORIGIN',
      `the request comes from a page of ${JSON.stringify(origin)}, but without authentication only pages of this machine are answered`,
    );
  }
}

function isThisMachine(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return isLoopback(hostname) || hostname.endsWith('.localhost');
}
