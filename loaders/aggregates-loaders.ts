import DataLoader from 'dataloader';
import type { Measures } from '../db/aggregate-values.ts';
import { type AggregateArguments, readAggregateQuestion } from './aggregate-question.ts';
import type { AggregateNode } from './aggregates.ts';
import { answerCompletely } from './complete-aggregates.ts';
import type { Group } from './groups.ts';
import type { Scene } from './scene.ts';

/** Summaries of groups that share arguments, any number of groups with one statement. Groups of one loader must not share series. */
export type AggregatesLoader = DataLoader<Group, AggregateNode, string>;

/** One loader for each set of arguments and for each kind of holder; a request asks with few. */
export function createAggregatesLoaders(scene: Scene): (kind: 'location' | 'sensor', args: AggregateArguments, measures: Measures) => AggregatesLoader {
  const loaders = new Map<string, AggregatesLoader>();
  // Holders that are asked by one field hand on the same arguments.
  let last: (Asked & { readonly loader: AggregatesLoader }) | null = null;
  return (kind, args, measures) => {
    if (last?.kind === kind && last.args === args && last.measures === measures) return last.loader;
    // The first is named when there is a second: most requests ask by one field.
    if (last !== null && loaders.size === 0) loaders.set(nameOf(last), last.loader);
    const name = last === null ? null : nameOf({ kind, args, measures });
    const known = name === null ? undefined : loaders.get(name);
    if (known !== undefined) return known;
    // Async, so that a refused argument rejects: DataLoader takes what a batch throws at once for a misuse, and hides it.
    const loader: AggregatesLoader = new DataLoader(
      async (groups) => answerCompletely(scene, groups, readAggregateQuestion(args, measures, 'holder', scene)),
      // No text in PostgreSQL has the character between them.
      { cacheKeyFn: ({ key, metricId }) => `${key.locationId}\0${key.sensorId}\0${metricId}` },
    );
    if (name !== null) loaders.set(name, loader);
    last = { kind, args, measures, loader };
    return loader;
  };
}

/** What the groups of a loader share. */
interface Asked {
  readonly kind: string;
  readonly args: AggregateArguments;
  readonly measures: Measures;
}

function nameOf({ kind, args: { from, to, bucket, maxPoints, timezone, fill, compare }, measures }: Asked): string {
  return JSON.stringify([kind, from, to ?? null, bucket ?? null, maxPoints ?? null, timezone ?? null, fill, compare ?? null, measures]);
}
