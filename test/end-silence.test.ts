import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endSilence } from '../alerts/judging/end-silence.ts';
import type { Rule } from '../alerts/status.ts';

const RULE: Rule = {
  thresholdId: '1',
  level: 'WARNING',
  min: 30,
  max: Number.POSITIVE_INFINITY,
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  noDataAfter: 10,
  forMicros: 0,
  clearMargin: 0,
  clearMicros: 0,
  specificity: 0,
};
const NOTHING = { seriesId: 1, alerts: [], breaches: [], verdicts: [], deletedVerdicts: [], state: null };

it('ends a silence no earlier than it began, with a breach of that time, whatever was held back', () => {
  const instants = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(instants, fc.uniqueArray(instants), fc.integer({ min: 1, max: 20 }), instants, (openedAt, times, noDataAfter, wait) => {
      const readings = { times: Float64Array.from(times).sort(), values: new Float64Array(times.length).fill(20), from: 0, to: times.length };
      const rules = [{ ...RULE, noDataAfter }];
      const noData = { id: '7', level: 'WARNING', thresholdId: '1', openedAt, peak: null } as const;
      const present = openedAt + wait;
      const { alerts, breaches, state } = endSilence(NOTHING, { rules, readings, judgement: { rules: [], band: null, noData }, present, isLate: () => false });

      const isHeard = times.some((time) => time >= present - noDataAfter);
      expect(breaches).toHaveLength(isHeard ? 1 : 0);
      expect(alerts.map(({ resolvedAt }) => resolvedAt)).toEqual(breaches.map(({ time }) => time));
      expect(breaches.every(({ time }) => time >= openedAt)).toBe(true);
      expect(state === null).toBe(!isHeard);
    }),
  );
});
