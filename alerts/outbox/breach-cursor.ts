import { readCursorText, writeCursorText } from '../../db/cursor-text.ts';
import { InvalidArgumentError, ThermographError } from '../../db/errors.ts';

/** A place in the outbox of a store: behind the breach of this number. */
export interface BreachPosition {
  readonly storeId: string;
  readonly number: number;
}

/** Where the outbox of a store stands. */
export interface OutboxState {
  readonly storeId: string;
  /** The number of the newest breach that is committed. */
  readonly lastNumber: number;
  /** Breaches up to this number are no longer kept. */
  readonly expiredThrough: number;
}

/** Nothing can be told from this cursor on without a gap: it is of another store, such as one from before a restore, ahead of this one, or older than what is kept. */
export class CursorExpiredError extends ThermographError {
  override readonly name = 'CursorExpiredError';
  readonly code = 'CURSOR_EXPIRED';
  readonly value: string;
  readonly rule: string;
  /** The oldest cursor there is: what comes behind it is all that is kept. */
  readonly oldest: string;

  constructor(value: string, is: string, oldest: string) {
    // From `oldest` on everything that is kept is told again, which few want.
    const rule = 'a cursor is of this store, and of breaches that are still kept: leave it out, and ask alerts(states: [OPEN]) for how it stands';
    super(`after is ${JSON.stringify(value)}, which ${is}: leave it out, and ask alerts(states: [OPEN]) for how it stands`);
    this.value = value;
    this.rule = rule;
    this.oldest = oldest;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { field: 'after', value: this.value, rule: this.rule, oldest: this.oldest };
  }
}

const KIND = 'breach';

/** Opaque to clients; the same for the question, its edges and the subscription, whatever the filter. */
export function writeBreachCursor(storeId: string, number: number): string {
  return writeCursorText([KIND, storeId, number]);
}

/** Throws InvalidArgumentError where the text is no cursor of breaches. Whether something can be told from there is `numberBehind`'s to say. */
export function readBreachCursor(cursor: string): BreachPosition {
  const [kind, storeId, number] = readCursorText(cursor);
  if (kind === KIND && typeof storeId === 'string' && isCount(number) && writeBreachCursor(storeId, number) === cursor) return { storeId, number };
  throw new InvalidArgumentError('after', cursor, 'it must be a cursor of a breach or of a frame of the subscription');
}

/** The number behind which breaches are to be told. Throws CursorExpiredError where some of them cannot be. */
export function numberBehind({ storeId, number }: BreachPosition, outbox: OutboxState): number {
  const isGone = reasonWhyGone({ storeId, number }, outbox);
  if (isGone === null) return number;
  throw new CursorExpiredError(writeBreachCursor(storeId, number), isGone, writeBreachCursor(outbox.storeId, outbox.expiredThrough));
}

function reasonWhyGone({ storeId, number }: BreachPosition, outbox: OutboxState): string | null {
  if (storeId !== outbox.storeId) return 'is of another store';
  if (number > outbox.lastNumber) return 'is ahead of this store';
  return number < outbox.expiredThrough ? 'is older than what is kept' : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
