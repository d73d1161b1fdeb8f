import { connect } from 'node:net';
import { z } from 'zod';
import { type Address, checkPort } from '../port.ts';
import { type CheckResult, fail, failBy, ok, warn } from './check.ts';

const ANSWERS_WITHIN_MS = 3_000;

const readiness = z.object({ status: z.enum(['ready', 'unready']), reason: z.string().optional() });
const store = z.object({ data: z.object({ store: z.object({ engine: z.string(), readings: z.number() }) }) });

/** Whether the gateway could listen, or is what listens there already. A port that nobody has is taken for a moment to find out whether it can be. */
export async function checkListening(address: Address): Promise<CheckResult> {
  const { HOST, PORT } = address;
  if (PORT === 0) return ok('port', 'PORT=0: a free one is picked at each start');
  if (await isAnswered(address)) return whoAnswers(address);
  try {
    await checkPort(address);
    return ok('port', `${PORT} of ${HOST} is free: no gateway runs there`);
  } catch (error) {
    return failBy('port', error, 'set HOST to an address of this machine, such as 127.0.0.1');
  }
}

/** Where a client on this machine connects: a wildcard is no address. */
function reachable({ HOST }: Address): string {
  if (HOST === '0.0.0.0') return '127.0.0.1';
  return HOST === '::' ? '::1' : HOST;
}

function isAnswered(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(address), port: address.PORT, timeout: ANSWERS_WITHIN_MS });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}

/** Asks by GraphQL, because any program may have a /readyz. */
async function whoAnswers(address: Address): Promise<CheckResult> {
  const host = reachable(address);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${address.PORT}`;
  const [ready, graphql] = await Promise.all([
    getJson(`${origin}/readyz`),
    getJson(`${origin}/graphql?query=${encodeURIComponent('{ store { engine readings } }')}`),
  ]);
  const { status, reason } = readiness.safeParse(ready).data ?? {};
  const answer = store.safeParse(graphql).data;
  if (status === 'unready')
    return warn('port', `a gateway answers at ${origin}, but is not ready: ${reason ?? 'it does not say why'}`, 'look at the checks below and at its log');
  if (status === 'ready' && answer !== undefined) {
    const { engine, readings } = answer.data.store;
    return ok('port', `our gateway answers at ${origin}/graphql: ready, engine ${engine}, ${readings.toLocaleString('en')} readings`);
  }
  return fail(
    'port',
    `${address.PORT} of ${address.HOST} is taken by a program that is no gateway of ours`,
    `end it (lsof -i :${address.PORT} names it), or set PORT to another one, or to 0 for any`,
  );
}

/** null for whatever is no JSON answer. */
async function getJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
    return await response.json();
  } catch {
    return null;
  }
}
