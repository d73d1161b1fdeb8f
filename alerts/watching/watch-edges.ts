import type pg from 'pg';
import { insertBreaches, type NewBreach } from '../../db/breach.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';
import { lockFreeSeries, selectWatch, updateJudgedUntil } from '../../db/watch.ts';
import { judgeEdge, judgePresent } from '../judging/judge-present.ts';
import { asWatcher } from './watch-pass.ts';
import { edgesWithin, seriesWithEdgeAt } from './watch-plan.ts';

/** Judges the edges of thresholds' windows and of placements that have passed. */
export interface EdgeWatch {
  /** Answers the breaches it recorded. Where something is left, because another instance watches or a load holds its series, the next pass goes on with it. */
  judge(store: Store, catalogue: Catalogue, present: Instant): Promise<number>;
}

/** What is judged of an edge of which something is left. */
interface Part {
  readonly edge: Instant;
  readonly seriesIds: ReadonlySet<number>;
}

/** One for a process. It remembers what it has judged of an edge that it could not judge whole, so that series which are loaded without a pause get their turn. */
export function createEdgeWatch(): EdgeWatch {
  // As far as this process knows; the database knows better.
  let judgedUntil: Instant | null = null;
  let part: Part | null = null;
  return {
    async judge(store, catalogue, present) {
      if (judgedUntil !== null && edgesWithin(catalogue, judgedUntil, present).length === 0) return 0;
      const pass = await asWatcher(store, catalogue, (client) => judgeDue(client, { store, catalogue, present, part }));
      if (pass === null) return 0;
      judgedUntil = pass.judgedUntil;
      part = pass.part;
      return pass.breaches;
    },
  };
}

interface Due {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly present: Instant;
  readonly part: Part | null;
}

interface EdgePass {
  readonly judgedUntil: Instant;
  readonly part: Part | null;
  readonly breaches: number;
}

async function judgeDue(client: pg.PoolClient, due: Due): Promise<EdgePass> {
  const { judgedUntil: since } = await selectWatch(client);
  return since === null ? judgeFirst(client, due) : judgeSince(client, since, due);
}

/** A store that nobody has watched yet, such as one of an earlier version, may have values in bands already. What is being loaded is judged by its load. */
async function judgeFirst(client: pg.PoolClient, { catalogue, present }: Due): Promise<EdgePass> {
  const newest = await lockFreeSeries(client, [...catalogue.series.keys()]);
  const breaches = await judgePresent(client, catalogue, newest, present);
  await updateJudgedUntil(client, present);
  await insertBreaches(client, breaches);
  return { judgedUntil: present, part: null, breaches: breaches.length };
}

/** Edge by edge, so that the judging of a series goes on from where it was; an edge that cannot be judged of all series keeps the later ones waiting. */
async function judgeSince(client: pg.PoolClient, since: Instant, { store, catalogue, present, part: known }: Due): Promise<EdgePass> {
  const breaches: NewBreach[] = [];
  let judgedUntil = since;
  let part: Part | null = null;
  for (const edge of edgesWithin(catalogue, since, present)) {
    const done = known?.edge === edge ? known.seriesIds : new Set<number>();
    const left = seriesWithEdgeAt(catalogue, edge).flatMap(({ id }) => (done.has(id) ? [] : [id]));
    const newest = await lockFreeSeries(client, left);
    breaches.push(...(await judgeEdge(client, catalogue, newest, { edge, isLate: present - edge > store.lateAfter })));
    if (newest.length < left.length) {
      part = { edge, seriesIds: new Set([...done, ...newest.map(({ seriesId }) => seriesId)]) };
      break;
    }
    judgedUntil = edge;
  }
  if (judgedUntil > since) await updateJudgedUntil(client, judgedUntil);
  await insertBreaches(client, breaches);
  return { judgedUntil, part, breaches: breaches.length };
}
