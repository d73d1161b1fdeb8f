import { setTimeout } from 'node:timers/promises';
import { asDatabaseError } from '../database-error.ts';
import type { BreachGroup, BreachGroupHome } from './breach-group.ts';
import type { BreachHistory, HistoryPage } from './breach-history.ts';
import type { Subscriber } from './subscriber.ts';
import type { Turns } from './turns.ts';

/** Who is told what it missed, and from where. */
export interface BreachReplay {
  readonly group: BreachGroup;
  readonly subscriber: Subscriber;
  readonly home: BreachGroupHome;
  readonly history: BreachHistory;
  /** Thousands resume at about the same time. */
  readonly turns: Turns;
  /** It is told how far this has come at least so often, also where it wants few of very many breaches. */
  readonly heartbeatMs: number;
}

/** A replay goes on as soon as its client has taken so much that this part of what it may leave untaken is left. */
const LEFT = 1 / 4;
const LOOK_MS = 25;
/** A client that takes nothing for so long is not there. */
const PATIENCE_MS = 30_000;
/** Until the database is asked again. */
const RETRY_MS = 500;

/** Tells a subscriber what was missed since its position, page by page as fast as its client takes it, then admits it to its group. Throws CursorExpiredError. */
export async function replayBreaches(replay: BreachReplay): Promise<void> {
  const { group, subscriber, home, turns, heartbeatMs } = replay;
  let spokenAt = performance.now();
  while (!subscriber.isOver && subscriber.position < home.position.number) {
    const page = await readPage(replay);
    await turns.next();
    if (await sendPage(replay, page)) spokenAt = performance.now();
    if (subscriber.isOver) return;
    subscriber.position = Math.max(subscriber.position, page.through);
    if (performance.now() - spokenAt < heartbeatMs) continue;
    const { evaluatedThrough } = page;
    subscriber.sink.send(group.heartbeat({ cursor: home.cursorOf(subscriber.position), breach: null, evaluatedThrough, live: false }));
    spokenAt = performance.now();
  }
  // Nothing is awaited between the look at the feed's position and this.
  if (!subscriber.isOver) group.admit(subscriber);
}

/** Whether anything was sent. */
async function sendPage({ subscriber, home }: BreachReplay, { frames }: HistoryPage): Promise<boolean> {
  let hasSent = false;
  for (const { number, frame } of frames) {
    if (number <= subscriber.position) continue;
    if (subscriber.sink.backlog > home.maxBacklog * LEFT) await untilTaken(subscriber, home.maxBacklog * LEFT);
    if (subscriber.isOver) return hasSent;
    subscriber.position = number;
    subscriber.sink.send(frame);
    hasSent = true;
  }
  return hasSent;
}

async function untilTaken(subscriber: Subscriber, enough: number): Promise<void> {
  let least = subscriber.sink.backlog;
  let takenAt = performance.now();
  while (!subscriber.isOver && subscriber.sink.backlog > enough) {
    await setTimeout(LOOK_MS);
    const { backlog } = subscriber.sink;
    if (backlog < least) takenAt = performance.now();
    least = Math.min(least, backlog);
    if (performance.now() - takenAt > PATIENCE_MS) subscriber.end({ kind: 'tooSlow' });
  }
}

/** What cannot be read for now is waited for: a client that was told of an error would take it for the end. */
async function readPage({ group, subscriber, history }: BreachReplay): Promise<HistoryPage> {
  for (;;) {
    try {
      return await history.after(group, subscriber.position);
    } catch (error) {
      if (subscriber.isOver || asDatabaseError(error) === null) throw error;
      await setTimeout(RETRY_MS);
    }
  }
}
