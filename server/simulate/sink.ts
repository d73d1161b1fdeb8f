import type { ReadingBatch } from './reading-batch.ts';

/** What came of what was sent, in readings; `breaches` by the gateway's count. A sink that does not hear what came of them counts what it sent alone. */
export interface SentCounts {
  readonly sent: number;
  readonly loaded: number;
  /** Corrected or unchanged: they were there. */
  readonly known: number;
  readonly rejected: number;
  readonly breaches: number;
}

/** Where a simulation goes. */
export interface Sink {
  /**
   * Resolves when all of the batch is known to have arrived; sends it again for as long as its patience lasts, from the first reading on that is not known to have
   * arrived, so that a correction never comes before what it corrects. Batches that are sent at the same time have no sensor in common.
   */
  send(batch: ReadingBatch): Promise<SentCounts>;
  close(): Promise<void>;
}

/** How a sink waits for whoever is away. */
export interface Waiting {
  /** Ends the wait; what is under way comes to its end. */
  readonly signal: AbortSignal;
  /** It is away, and is tried again after so long. */
  readonly onWait: (reason: string, waitMs: number) => void;
  /** How long it may be away. */
  readonly patienceMs: number;
}

export const NOTHING_SENT: SentCounts = { sent: 0, loaded: 0, known: 0, rejected: 0, breaches: 0 };

/** Counts of a sink that hears only that it has arrived. */
export function onlySent(sent: number): SentCounts {
  return { ...NOTHING_SENT, sent };
}

export function addSent(one: SentCounts, other: SentCounts): SentCounts {
  return {
    sent: one.sent + other.sent,
    loaded: one.loaded + other.loaded,
    known: one.known + other.known,
    rejected: one.rejected + other.rejected,
    breaches: one.breaches + other.breaches,
  };
}
