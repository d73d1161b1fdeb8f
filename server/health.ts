import { selectMigrationState } from '../db/migrate.ts';
import type { Store } from '../db/store.ts';
import type { Endpoint } from './http.ts';
import { sendJson } from './respond.ts';

/** GET /healthz: this process answers. It asks the database nothing, so that a database that is down does not get the process killed. */
export function createHealthEndpoint(): Endpoint {
  return { methods: ['GET'], quiet: true, handle: (exchange) => sendJson(exchange, 200, { status: 'ok' }) };
}

/** A database that takes longer to say that it is there is not ready. */
const READY_MS = 2_000;

/** What the gateway knows by itself of why it is not ready; null where nothing speaks against it. */
export type WhyNot = () => string | null;

/** GET /readyz: requests can be answered: the database is there, its schema is current, and nothing else speaks against it. However many ask, the database is asked by one at a time. */
export function createReadyEndpoint(store: Store, isDraining: () => boolean, whyNot: WhyNot): Endpoint {
  let underWay: Promise<string | null> | null = null;
  return {
    methods: ['GET'],
    quiet: true,
    async handle(exchange) {
      underWay ??= withinTime(whyNotReady(store)).finally(() => {
        underWay = null;
      });
      const reason = isDraining() ? 'shutting down' : ((await underWay) ?? whyNot());
      sendJson(exchange, reason === null ? 200 : 503, reason === null ? { status: 'ready' } : { status: 'unready', reason });
    },
  };
}

async function whyNotReady(store: Store): Promise<string | null> {
  try {
    const { pending } = await selectMigrationState(store.readPool);
    return pending.length === 0 ? null : `migrations to be applied: ${pending.join(', ')}`;
  } catch {
    return UNREACHABLE;
  }
}

const UNREACHABLE = 'the database cannot be reached';

function withinTime(answer: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(UNREACHABLE), READY_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
