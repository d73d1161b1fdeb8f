import type pg from 'pg';
import { tryLockKey, unlockKey } from '../db/etl/idempotency-key.ts';
import type { Pool } from '../db/pool.ts';

/** Sees to it that of the requests with one key only one is under way, over all instances. */
export interface KeyLocks {
  /** Does the work while it holds the key; null: somebody else holds it. */
  hold<T>(key: string, work: () => Promise<T>): Promise<T | null>;
}

/** One session holds all keys of an instance, however many: a connection for each could leave none for the loads. It is given back when no key is held. */
export function createKeyLocks(pool: Pool): KeyLocks {
  const held = new Set<string>();
  let session: Promise<Session> | null = null;
  const forget = (own: Promise<Session>): void => {
    if (session === own) session = null;
  };
  const open = (): Promise<Session> => {
    const opening = pool.connect().then((client) => new Session(client, () => forget(opening)));
    opening.catch(() => forget(opening));
    session = opening;
    return opening;
  };
  const underLock = async <T>(own: Session, key: string, work: () => Promise<T>): Promise<T | null> => {
    if (!(await own.tryLock(key))) return null;
    try {
      return await work();
    } finally {
      await own.unlock(key);
    }
  };
  return {
    hold: async (key, work) => {
      // A session is given its own locks again and again.
      if (held.has(key)) return null;
      held.add(key);
      const used = session ?? open();
      try {
        return await underLock(await used, key, work);
      } finally {
        held.delete(key);
        if (held.size === 0) {
          // Not always the one that was used: where that broke, a later key has opened another.
          const last = session ?? used;
          forget(last);
          void last.then((own) => own.release()).catch(() => undefined);
        }
      }
    },
  };
}

/** A connection whose locks are lost when it breaks. The loads go on then: the same input loaded twice at a time changes nothing. */
class Session {
  readonly #client: pg.PoolClient;
  /** A connection is given one statement at a time, though the requests that hold keys know nothing of each other. */
  #turn: Promise<unknown> = Promise.resolve();
  #broken: Error | null = null;
  #isReleased = false;
  readonly #onError: (error: Error) => void;

  constructor(client: pg.PoolClient, onBroken: () => void) {
    this.#client = client;
    this.#onError = (error) => {
      this.#broken = error;
      onBroken();
      this.release();
    };
    client.on('error', this.#onError);
  }

  tryLock(key: string): Promise<boolean> {
    return this.#inTurn(() => tryLockKey(this.#client, key));
  }

  unlock(key: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isReleased) return;
      // A session that cannot unlock is closed, which does.
      await unlockKey(this.#client, key).catch(this.#onError);
    });
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.off('error', this.#onError);
    this.#client.release(this.#broken ?? undefined);
  }

  #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#turn.then(ask);
    this.#turn = answer.catch(() => undefined);
    return answer;
  }
}
