import type pg from 'pg';
import { insertBreaches, type NewBreach } from '../../db/breach.ts';
import { type Catalogue, type SeriesRow, selectCatalogue } from '../../db/catalogue.ts';
import { type CatalogueChange, changeCatalogue } from '../../db/change-catalogue.ts';
import type { Pool } from '../../db/pool.ts';
import { type Instant, MICROS_PER_HOUR } from '../../db/time/instant.ts';
import { type NewestReading, selectNewestReadings, selectWatch, updateJudgedUntil } from '../../db/watch.ts';
import { edgesWithin, seriesWithEdgeAt } from '../watching/watch-plan.ts';
import { judgeEdge, judgePresent } from './judge-present.ts';

/** What a change of the catalogue came to, and which series are judged by other rules after it: these, looked up in the catalogue as changed. */
export interface JudgedChange<T> {
  readonly result: T;
  readonly changed: boolean;
  readonly touched: (catalogue: Catalogue) => readonly SeriesRow[];
}

/** By which clock and measure a change is judged. */
export interface ChangeClock {
  readonly present: Instant;
  /** What is longer past than this is late, in microseconds: an hour where it is left out, as by default. */
  readonly lateAfter?: number | undefined;
}

/**
 * Changes the catalogue and judges the present of what that touches, in one transaction: whoever sees the change sees what it did. The number of statements
 * does not depend on how many series are touched.
 */
export async function changeAndJudge<T>(pool: Pool, clock: ChangeClock, work: (client: pg.PoolClient) => Promise<JudgedChange<T>>): Promise<T> {
  const { result } = await changeCatalogue(
    pool,
    async (client): Promise<CatalogueChange<JudgedChange<T>>> => {
      const change = await work(client);
      return { result: change, changed: change.changed };
    },
    (client, { touched }) => judgeTouched(client, touched, clock),
  );
  return result;
}

async function judgeTouched(
  client: pg.PoolClient,
  touchedOf: JudgedChange<unknown>['touched'],
  { present, lateAfter = MICROS_PER_HOUR }: ChangeClock,
): Promise<void> {
  const { judgedUntil, hasReadings } = await selectWatch(client);
  if (!hasReadings) return;
  const catalogue = await selectCatalogue(client);
  const touched = new Set(touchedOf(catalogue));
  const breaches: NewBreach[] = [];
  if (judgedUntil !== null) {
    breaches.push(...(await judgeElsewhere(client, catalogue, { since: judgedUntil, until: present, touched, lateAfter })));
    await updateJudgedUntil(client, present);
  }
  // Another instance's clock may be ahead, and what was changed there ends no earlier than it began.
  const at = Math.max(present, judgedUntil ?? present);
  breaches.push(...(await judgePresent(client, catalogue, await selectNewest(client, touched), at)));
  await insertBreaches(client, breaches);
}

/** Judges the edges that have passed since the watcher's last look, of all other series: afterwards it begins at the present, so that it does not take an edge of the change itself for news. */
async function judgeElsewhere(
  client: pg.PoolClient,
  catalogue: Catalogue,
  {
    since,
    until,
    touched,
    lateAfter,
  }: { readonly since: Instant; readonly until: Instant; readonly touched: ReadonlySet<SeriesRow>; readonly lateAfter: number },
): Promise<readonly NewBreach[]> {
  const breaches: NewBreach[] = [];
  for (const edge of edgesWithin(catalogue, since, until)) {
    const series = seriesWithEdgeAt(catalogue, edge).filter((row) => !touched.has(row));
    breaches.push(...(await judgeEdge(client, catalogue, await selectNewest(client, series), { edge, isLate: until - edge > lateAfter })));
  }
  return breaches;
}

function selectNewest(client: pg.PoolClient, series: Iterable<SeriesRow>): Promise<readonly NewestReading[]> {
  return selectNewestReadings(
    client,
    [...series].map(({ id }) => id),
  );
}
