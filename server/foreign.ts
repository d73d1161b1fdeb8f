import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { remember } from './remember.ts';
import { hostnameOf, isLoopback } from './settings.ts';

/**
 * Makes what refuses a request that a page of somebody else's may have sent. While there is no authentication, being on this machine, or in the network that the
 * gateway was opened to, is what allows everything, and browsers there run foreign pages: one whose own name was pointed at the gateway (DNS rebinding) shows by its
 * Host header, any other by its Origin. `allowedHosts` are names of the gateway beside those of this machine.
 */
export function createForeignGuard(allowedHosts: readonly string[]): (request: IncomingMessage) => void {
  const names = new Set(allowedHosts.map(hostnameOf));
  const isOurs = remember((url) => {
    if (!URL.canParse(url)) return false;
    const { hostname } = new URL(url);
    return isLoopback(hostname) || hostname.endsWith('.localhost') || names.has(hostname);
  });
  return ({ headers: { host, origin } }) => {
    if (host !== undefined && !isOurs(`http://${host}`)) {
      throw new HttpError(
        403,
        'FORBIDDEN_HOST',
        `the request is for the host ${JSON.stringify(host)}, but without authentication only localhost, 127.0.0.1, [::1] and the names in ALLOWED_HOSTS are answered`,
      );
    }
    if (origin !== undefined && !isOurs(origin)) {
      throw new HttpError(
        403,
        'FORBIDDEN_ORIGIN',
        `the request comes from a page of ${JSON.stringify(origin)}, but without authentication only pages of this machine and of the names in ALLOWED_HOSTS are answered`,
      );
    }
  };
}
