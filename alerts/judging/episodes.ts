import type { AlertRow } from '../../db/alert.ts';
import type { Level } from '../../db/catalogue.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { VerdictStatus } from '../../db/verdict.ts';
import type { TimelineRow } from './timeline.ts';

/** A row of a timeline as it is now; `thresholdId` is who brought it, null where it was there before. */
export interface NewRow extends TimelineRow {
  readonly thresholdId: string | null;
}

/** A stretch of a timeline in which something is in breach: what an alert is the record of. */
export interface Episode {
  readonly openedAt: Instant;
  /** null where it has not ended. */
  resolvedAt: Instant | null;
  /** The gravest that it reached. */
  level: Level;
  /** Who opened it. */
  readonly thresholdId: string;
}

/** The level that a status is in breach by. */
export function levelOf(status: VerdictStatus): Level | null {
  return status === 'NORMAL' ? null : status;
}

/** The episodes of a timeline. `known` are the alerts so far: they know who opened those that begin where they did. */
export function episodesOf(rows: readonly NewRow[], known: readonly AlertRow[]): readonly Episode[] {
  const episodes: Episode[] = [];
  const openers = new Map(known.map((alert) => [alert.openedAt, alert.thresholdId]));
  let open: Episode | null = null;
  for (const { time, status, active, thresholdId } of rows) {
    const level = levelOf(status);
    if (level === null) {
      if (open !== null) open.resolvedAt = time;
      open = null;
    } else if (open === null) {
      const opener = thresholdId ?? openers.get(time) ?? active[0] ?? '';
      open = { openedAt: time, resolvedAt: null, level, thresholdId: opener };
      episodes.push(open);
    } else if (level === 'CRITICAL') open.level = level;
  }
  return episodes;
}

/** An episode and the alert that goes on as its record. null: there was none, or there is none any more. */
export interface EpisodePair {
  readonly alert: AlertRow | null;
  readonly episode: Episode | null;
}

/**
 * Gives each episode the first alert that overlaps with it and has no other; what is left over on either side has come or is gone. Both ascend. An episode that
 * opened after `horizon`, up to which everything was told, is news: an alert that is still open knows nothing of it.
 */
export function pairEpisodes(alerts: readonly AlertRow[], episodes: readonly Episode[], horizon: Instant): readonly EpisodePair[] {
  const left = new Set(alerts);
  let at = 0;
  const pairs = episodes.map((episode): EpisodePair => {
    for (let next = alerts[at]; next !== undefined && endOf(next) <= episode.openedAt; next = alerts[at]) at += 1;
    const alert = alerts[at];
    if (episode.openedAt > horizon || alert === undefined || alert.openedAt >= endOf(episode)) return { alert: null, episode };
    at += 1;
    left.delete(alert);
    return { alert, episode };
  });
  return [...pairs, ...Array.from(left, (alert) => ({ alert, episode: null }))];
}

type Span = Pick<Episode, 'openedAt' | 'resolvedAt'>;

/** Infinite where it has not ended. */
export function endOf({ resolvedAt }: Span): Instant {
  return resolvedAt ?? Number.POSITIVE_INFINITY;
}
