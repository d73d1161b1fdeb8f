import type { Catalogue, SeriesRow } from '../../db/catalogue.ts';
import { perCatalogue } from '../../db/per-catalogue.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { WatchedSeries } from '../../db/watch.ts';
import { silenceRuleOf } from '../judging/silence.ts';
import { toRule } from '../status.ts';
import { thresholdIndexOf } from '../threshold-index.ts';

/** The instants at which a series may come under other rules by the passing of time alone, ascending, each once: the edges of thresholds' windows and of placements. */
const edgesOf: (catalogue: Catalogue) => readonly Instant[] = perCatalogue(collectEdges);

function collectEdges({ thresholds, sensors }: Catalogue): readonly Instant[] {
  const edges = new Set<Instant>();
  for (const row of thresholds) {
    const rule = toRule(row);
    if (rule !== null) edges.add(rule.from).add(rule.to);
  }
  for (const { placements } of sensors.values()) {
    // The first placement covers all earlier times.
    for (const { since } of placements.slice(1)) edges.add(since);
  }
  return [...edges].filter(Number.isFinite).sort((a, b) => a - b);
}

/** The first edge after an instant, null where there is none. */
export function nextEdgeAfter(catalogue: Catalogue, instant: Instant): Instant | null {
  return edgesOf(catalogue).find((edge) => edge > instant) ?? null;
}

/** The edges in since < edge ≤ until, ascending. */
export function edgesWithin(catalogue: Catalogue, since: Instant, until: Instant): readonly Instant[] {
  return edgesOf(catalogue).filter((edge) => since < edge && edge <= until);
}

/** The series that come under other rules at an edge. */
export function seriesWithEdgeAt(catalogue: Catalogue, edge: Instant): readonly SeriesRow[] {
  const index = thresholdIndexOf(catalogue);
  return [...catalogue.series.values()].filter((series) => index.rulesForSeries(series).some(({ from, to }) => from === edge || to === edge));
}

/** The series that may not be silent for ever by the rules in force at an instant; the same until the next edge. */
export function watchedSeriesAt(catalogue: Catalogue, at: Instant): WatchedSeries {
  const index = thresholdIndexOf(catalogue);
  const seriesIds: number[] = [];
  const after: number[] = [];
  for (const series of catalogue.series.values()) {
    const rule = silenceRuleOf(index.rulesForSeries(series), at);
    if (rule === null) continue;
    seriesIds.push(series.id);
    after.push(rule.after);
  }
  return { seriesIds, after };
}
