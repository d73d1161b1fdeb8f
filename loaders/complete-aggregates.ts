import { shiftBack } from '../db/time/shift-back.ts';
import type { AggregateQuestion } from './aggregate-question.ts';
import { type AggregateNode, answerGroups, withValues } from './aggregates.ts';
import { alignValues, type Before, fillValues } from './fill.ts';
import type { Group } from './groups.ts';
import type { Scene } from './scene.ts';

/** Answers a question with all that it asks for: buckets without readings filled, and each bucket beside the one it is compared with. In the groups' order. */
export async function answerCompletely(scene: Scene, groups: readonly Group[], question: AggregateQuestion): Promise<readonly AggregateNode[]> {
  const answered = await answerGroups(scene, groups, question);
  const shown = question.keepsEmptyGroups ? answered : answered.filter(({ values }) => values.bucket.length > 0);
  if (shown.length === 0) return shown;
  return compare(scene, await fill(scene, shown, question), question);
}

async function fill(scene: Scene, nodes: readonly AggregateNode[], question: AggregateQuestion): Promise<readonly AggregateNode[]> {
  const { fill: wanted, boundaries } = question;
  if (wanted === 'NONE' || boundaries === null) return nodes;
  const before = await lookBack(scene, nodes, question);
  return nodes.map((node) => {
    const values = fillValues(node.values, wanted, { boundaries, now: scene.now, before: before.get(node.group) ?? null });
    return withValues(node, values, null);
  });
}

/** The last bucket with readings before the first, of the groups whose first has none: one statement more for all of them, and none where there is no such group. */
async function lookBack(scene: Scene, nodes: readonly AggregateNode[], question: AggregateQuestion): Promise<ReadonlyMap<Group, Before>> {
  const { earlier, boundaries, window } = question;
  const groups = nodes.filter(({ values }) => values.bucket[0] !== 0).map(({ group }) => group);
  const from = earlier[0] ?? boundaries?.[0] ?? window.from;
  if (question.fill !== 'PREVIOUS' || boundaries === null || groups.length === 0 || from >= window.from) return new Map();
  // With the part of the first bucket that lies before the window: what fills the second bucket must not depend on where the window begins.
  const looked: AggregateQuestion = {
    ...question,
    window: { from, to: window.from },
    // What is held is known of empty buckets too, and is not filled.
    measures: { ...question.measures, averages: [], timesIn: [] },
    fill: 'NONE',
    compare: null,
    boundaries: [...earlier, ...boundaries.slice(0, 2)],
    keepsEmptyGroups: false,
  };
  const found = await answerGroups(scene, groups, looked);
  return new Map(
    found.flatMap(({ group, values }) => {
      const bucket = values.bucket.at(-1);
      return bucket === undefined ? [] : [[group, { values, at: values.bucket.length - 1, distance: earlier.length - bucket }]];
    }),
  );
}

/** Puts beside each bucket the same one a period earlier: a question of its own over the shifted boundaries of all buckets. */
async function compare(scene: Scene, nodes: readonly AggregateNode[], question: AggregateQuestion): Promise<readonly AggregateNode[]> {
  const { compare: period, zone, window, earlier } = question;
  // All groups of a question share their boundaries.
  const boundaries = nodes[0]?.boundaries ?? [];
  if (period === null) return nodes;
  if (boundaries.length === 0) return nodes.map((node) => withValues(node, node.values, node));
  const shifted = shiftBack([...earlier, ...boundaries], period, zone);
  const [shiftedEarlier, shiftedBoundaries] = [shifted.slice(0, earlier.length), shifted.slice(earlier.length)];
  const [from = 0, to = 0] = shiftBack([window.from, window.to], period, zone);
  const asked: AggregateQuestion = {
    ...question,
    // Buckets that were cut off because they have no readings are not compared either.
    window: { from: Math.max(from, shiftedBoundaries[0] ?? from), to: Math.min(to, shiftedBoundaries.at(-1) ?? to) },
    compare: null,
    boundaries: shiftedBoundaries,
    earlier: shiftedEarlier,
    keepsEmptyGroups: true,
  };
  const groups = nodes.map(({ group }) => group);
  const found = await fill(scene, await answerGroups(scene, groups, asked), asked);
  return nodes.map((node, place) => {
    const compared = found[place] ?? node;
    return withValues(node, node.values, withValues(compared, alignValues(compared.values, node.values.bucket), null));
  });
}
