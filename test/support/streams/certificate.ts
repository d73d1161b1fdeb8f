import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Paths of the PEM files of a server on this machine, whose certificate is an authority of its own. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate for 127.0.0.1 and localhost in a folder; null where openssl is not installed. */
export async function makeCertificate(folder: string): Promise<ServerCertificate | null> {
  const made = { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  try {
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-out',
      made.cert,
      '-keyout',
      made.key,
      ...names,
    ]);
  } catch {
    return null;
  }
  // A broker that root starts reads it as another user.
  await chmod(made.key, 0o644);
  return made;
}
