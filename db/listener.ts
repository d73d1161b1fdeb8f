import type pg from 'pg';
import type { Pool, Queryable } from './pool.ts';

/** A connection of its own that hears what is notified, and answers statements too. */
export interface Listener extends Queryable {
  /** Gives the connection up. Nothing is heard after this. */
  close(): void;
}

/** Who hears. */
export interface ListenerEvents {
  readonly onNotification: (notification: { readonly channel: string; readonly payload?: string | undefined }) => void;
  /** The connection broke. A peer that went without a word is only noticed by a statement, so whoever listens asks something now and then. */
  readonly onLost: (error: Error) => void;
}

/** Takes a connection and listens: what is notified after this has resolved is heard, until the connection breaks. */
export async function openListener(pool: Pool, channels: readonly string[], { onNotification, onLost }: ListenerEvents): Promise<Listener> {
  const client = await pool.connect();
  let isOpen = true;
  const giveUp = (error: Error): boolean => {
    if (!isOpen) return false;
    isOpen = false;
    client.off('notification', onNotification);
    // It listens, and may be in the midst of a statement: nobody else is to get it.
    client.release(error);
    return true;
  };
  const lose = (error: Error) => {
    if (giveUp(error)) onLost(error);
  };
  // Kept to the end: a connection that is given up may still tell how it broke.
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection that listens has ended')));
  client.on('notification', onNotification);
  try {
    await client.query(channels.map((channel) => `listen ${client.escapeIdentifier(channel)}`).join('; '));
  } catch (error) {
    giveUp(new Error('could not listen', { cause: error }));
    throw error;
  }
  return {
    query: <R extends pg.QueryResultRow>(statement: pg.QueryConfig) => client.query<R>(statement),
    close: () => void giveUp(new Error('no longer wanted')),
  };
}
