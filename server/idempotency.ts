import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { deleteIdempotentAnswers, insertIdempotentAnswer, selectIdempotentAnswer } from '../db/etl/idempotency-key.ts';
import type { Store } from '../db/store.ts';
import { HttpError } from './http-error.ts';
import { createKeyLocks } from './key-locks.ts';

/** What a request is recognised by when it is sent again: its parameters and its body, taken in while the body streams. */
export type Fingerprint = Pick<Hash, 'update'>;

/** Answers a request that is sent again as it was answered before. */
export interface Idempotency {
  /** The answer to an earlier request with this key; null: none. `readBody` gives the body to the fingerprint. Throws where the two requests differ. */
  replay(key: string, parameters: string, readBody: (fingerprint: Fingerprint) => Promise<void>): Promise<unknown>;
  /** Does the work and keeps its answer; null: another request with the key has been answered in the meantime. Throws where one is under way. What throws leaves no answer. */
  once(key: string, parameters: string, work: (fingerprint: Fingerprint) => Promise<unknown>): Promise<unknown>;
}

const MAX_KEY = 255;
const UNDER_WAY_SECONDS = 5;
const FORGET_EVERY_MS = 3_600_000;

/** Keeps answers for `keptMs`, in the store: over restarts and for all instances. */
export function createIdempotency(store: Pick<Store, 'writePool' | 'listenPool'>, keptMs: number): Idempotency {
  const db = store.writePool;
  const locks = createKeyLocks(store.listenPool);
  let forgotAt = Number.NEGATIVE_INFINITY;
  const forgetOld = async (): Promise<void> => {
    if (performance.now() - forgotAt < FORGET_EVERY_MS) return;
    forgotAt = performance.now();
    await deleteIdempotentAnswers(db, keptMs);
  };
  return {
    replay: async (key, parameters, readBody) => {
      const known = await selectIdempotentAnswer(db, key, keptMs);
      if (known === undefined) return null;
      const hash = fingerprintOf(parameters);
      await readBody(hash);
      if (!hash.digest().equals(known.content)) throw reused(key);
      return known.answer;
    },
    once: async (key, parameters, work) => {
      const held = await locks.hold(key, async () => {
        if ((await selectIdempotentAnswer(db, key, keptMs)) !== undefined) return { answer: null };
        const hash = fingerprintOf(parameters);
        const answer = await work(hash);
        await forgetOld();
        await insertIdempotentAnswer(db, key, { content: hash.digest(), answer }, keptMs);
        return { answer };
      });
      if (held === null) throw underWay(key);
      return held.answer;
    },
  };
}

/** The key of a request, bare or in the quotes that the draft of the header has; null: none. */
export function readIdempotencyKey({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const given = headers['idempotency-key'];
  if (given === undefined) return null;
  const key = String(given).replace(/^"(.*)"$/, '$1');
  if (key.length > 0 && key.length <= MAX_KEY && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(key)) return key;
  const rule = `a key has 1 to ${MAX_KEY} visible ASCII characters without quotes, backslashes and blanks, such as a UUID, and is sent once`;
  throw new HttpError(
    400,
    'BAD_USER_INPUT',
    `Idempotency-Key is ${JSON.stringify(String(given).slice(0, MAX_KEY))}, but ${rule}`,
    {},
    {
      details: { field: 'Idempotency-Key', value: String(given).slice(0, MAX_KEY), rule },
    },
  );
}

function fingerprintOf(parameters: string): Hash {
  // The length of what comes first, so that nothing of it can pass for the beginning of the body.
  return createHash('sha256').update(`${Buffer.byteLength(parameters)}:${parameters}`);
}

function reused(key: string): HttpError {
  return new HttpError(
    422,
    'IDEMPOTENCY_KEY_REUSED',
    `Idempotency-Key ${JSON.stringify(key)} has been used for an input with other parameters or another body: each input has a key of its own`,
  );
}

function underWay(key: string): HttpError {
  return new HttpError(
    409,
    'IDEMPOTENCY_KEY_IN_USE',
    `an input with the Idempotency-Key ${JSON.stringify(key)} is being loaded: try again when it is done, and get its answer`,
    { 'retry-after': String(UNDER_WAY_SECONDS) },
  );
}
