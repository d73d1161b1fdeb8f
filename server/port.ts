import { createServer } from 'node:net';
import { StoreError } from '../db/errors.ts';

/** Where the gateway listens. */
export interface Address {
  readonly HOST: string;
  readonly PORT: number;
}

/** Throws StoreError PORT_TAKEN or HOST_UNAVAILABLE where the port cannot be had, before a start has done its long work. Somebody may still take it until the gateway listens. */
export async function checkPort(address: Address): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address)));
    probe.listen(address.PORT, address.HOST, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** What keeps a server from listening, and what to do. */
export function cannotListen(error: NodeJS.ErrnoException, { HOST, PORT }: Address): Error {
  if (error.code === 'EADDRINUSE')
    return new StoreError(
      'PORT_TAKEN',
      `port ${PORT} of ${HOST} is taken by another program, perhaps a gateway that runs already: end that, or set PORT to another one, or to 0 for any`,
      {
        cause: error,
      },
    );
  if (error.code === 'EACCES')
    return new StoreError('PORT_TAKEN', `port ${PORT} of ${HOST} may not be used by this user: set PORT to one above 1023`, { cause: error });
  if (error.code === 'EADDRNOTAVAIL' || error.syscall === 'getaddrinfo')
    return new StoreError('HOST_UNAVAILABLE', `${HOST} is no address of this machine: set HOST to one that is, such as 127.0.0.1`, { cause: error });
  return error;
}
