import type { Queryable } from '../pool.ts';

/** What an input with a key was answered. */
export interface IdempotentAnswer {
  /** SHA-256 of its parameters and its body. */
  readonly content: Buffer;
  readonly answer: unknown;
}

/** The answer under a key; undefined where there is none, or it is older than `keptMs`. */
export async function selectIdempotentAnswer(db: Queryable, key: string, keptMs: number): Promise<IdempotentAnswer | undefined> {
  const { rows } = await db.query<{ content: Buffer; answer: unknown }>({
    name: 'select_idempotent_answer',
    text: `select content, answer from idempotency_key where key = $1 and created_at > now() - make_interval(secs => $2)`,
    values: [key, keptMs / 1000],
  });
  return rows[0];
}

/** Keeps an answer. One that is there already stays, unless it is older than `keptMs`. */
export async function insertIdempotentAnswer(db: Queryable, key: string, { content, answer }: IdempotentAnswer, keptMs: number): Promise<void> {
  await db.query({
    name: 'insert_idempotent_answer',
    text: `
      insert into idempotency_key (key, content, answer)
      values ($1, $2, $3::json)
          on conflict (key) do update
            set content = excluded.content, answer = excluded.answer, created_at = now()
          where idempotency_key.created_at <= now() - make_interval(secs => $4)`,
    values: [key, content, JSON.stringify(answer), keptMs / 1000],
  });
}

/** Forgets answers older than `keptMs`. */
export async function deleteIdempotentAnswers(db: Queryable, keptMs: number): Promise<void> {
  await db.query({
    name: 'delete_idempotent_answers',
    text: 'delete from idempotency_key where created_at <= now() - make_interval(secs => $1)',
    values: [keptMs / 1000],
  });
}

/** Whether the session now holds the lock of a key, which no other session does. It ends with the session, so a gateway that is killed holds none. */
export async function tryLockKey(session: Queryable, key: string): Promise<boolean> {
  const { rows } = await session.query<{ locked: boolean }>({
    name: 'try_lock_idempotency_key',
    text: `select pg_try_advisory_lock(hashtextextended($1, ${SEED})) as locked`,
    values: [key],
  });
  return rows[0]?.locked === true;
}

/** Gives the lock of a key back. */
export async function unlockKey(session: Queryable, key: string): Promise<void> {
  await session.query({
    name: 'unlock_idempotency_key',
    text: `select pg_advisory_unlock(hashtextextended($1, ${SEED}))`,
    values: [key],
  });
}

/** So that keys of another application in the same database have other locks. */
const SEED = 0x7468726d;
