import type { AggregateQuestion } from '../db/aggregate-question.ts';
import type { Group } from './groups.ts';
import { sensorRanks } from './order.ts';
import type { Scene } from './scene.ts';

/** The series of all groups as a statement wants them: parallel arrays in the series' order. */
export type AskedSeries = Pick<AggregateQuestion, 'seriesIds' | 'groups' | 'sensorRanks'>;

/** Every series, also those that had nothing to say a moment ago: a load may have come between, and the values must be of one moment. */
export function askedSeries({ catalogue }: Scene, groups: readonly Group[]): AskedSeries {
  const ranks = sensorRanks(catalogue);
  const asked = groups.flatMap(({ series }, group) => series.map((row) => ({ row, group }))).sort((a, b) => a.row.id - b.row.id);
  return {
    seriesIds: asked.map(({ row }) => row.id),
    groups: asked.map(({ group }) => group),
    sensorRanks: asked.map(({ row }) => ranks.get(row.sensorId) ?? 0),
  };
}
