import { describe, expect, it } from 'vitest';
import { type JudgingStart, judgeInstant, judgeReadings, type VerdictChange } from '../alerts/judging/machine.ts';
import { type Rule, toRule } from '../alerts/status.ts';
import { randomHistory } from './support/judging-histories.ts';
import { type HistoryReading, referenceOf } from './support/judging-reference.ts';
import { createRandom, type Random } from './support/random.ts';

const HOT: Rule = {
  thresholdId: '1',
  level: 'WARNING',
  min: 30,
  max: Number.POSITIVE_INFINITY,
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  noDataAfter: Number.POSITIVE_INFINITY,
  forMicros: 0,
  clearMargin: 0,
  clearMicros: 0,
  specificity: 0,
};

const NOTHING: JudgingStart = { state: [], last: null };

/** Readings as pairs of time and value. */
function judged(rules: readonly Rule[], readings: readonly (readonly [number, number])[], until = 0, start = NOTHING) {
  const columns = {
    times: Float64Array.from(readings, ([time]) => time),
    values: Float64Array.from(readings, ([, value]) => value),
    from: 0,
    to: readings.length,
  };
  return judgeReadings(rules, start, columns, until);
}

function textsOf(changes: readonly VerdictChange[]): string[] {
  return changes.map(
    ({ time, value, previous, status, active, thresholdId }) => `${time} (${value}): ${previous} > ${status} [${active.join()}] by ${thresholdId}`,
  );
}

describe('the breach state machine', () => {
  it('opens and ends at once where there are no durations, on both edges of a band', () => {
    const { changes, state } = judged(
      [{ ...HOT, max: 35 }],
      [
        [1, 29],
        [2, 30],
        [3, 35],
        [4, 36],
        [5, 31],
      ],
    );

    expect(textsOf(changes)).toEqual(['2 (30): NORMAL > WARNING [1] by 1', '4 (36): WARNING > NORMAL [] by 1', '5 (31): NORMAL > WARNING [1] by 1']);
    expect(state).toEqual([{ thresholdId: '1', phase: 'ACTIVE', since: 5 }]);
  });

  it('waits until a value has lain in the band for long enough, and forgets where it has not', () => {
    const rules = [{ ...HOT, forMicros: 10 }];

    expect(
      textsOf(
        judged(rules, [
          [0, 31],
          [9, 31],
          [10, 31],
        ]).changes,
      ),
    ).toEqual(['10 (31): NORMAL > WARNING [1] by 1']);
    expect(
      judged(rules, [
        [0, 31],
        [5, 29],
        [9, 31],
        [12, 31],
      ]),
    ).toEqual({ changes: [], state: [{ thresholdId: '1', phase: 'PENDING', since: 9 }] });
  });

  it('ends only beyond the margin and after its duration, and not where the value has come back', () => {
    const rules = [{ ...HOT, clearMargin: 2, clearMicros: 10 }];

    expect(
      textsOf(
        judged(rules, [
          [0, 31],
          [1, 28],
          [20, 28],
          [30, 27],
          [39, 27],
          [40, 27],
        ]).changes,
      ),
    ).toEqual(['0 (31): NORMAL > WARNING [1] by 1', '40 (27): WARNING > NORMAL [] by 1']);
    expect(
      judged(rules, [
        [0, 31],
        [30, 27],
        [35, 28],
        [45, 27],
      ]).state,
    ).toEqual([{ thresholdId: '1', phase: 'CLEARING', since: 45 }]);
  });

  it('worsens and eases between the levels, and names who brought and who ended it', () => {
    const rules: Rule[] = [HOT, { ...HOT, thresholdId: '10', level: 'CRITICAL', min: 40 }, { ...HOT, thresholdId: '9', level: 'CRITICAL', min: 40, max: 50 }];

    expect(
      textsOf(
        judged(rules, [
          [0, 31],
          [1, 45],
          [2, 55],
          [3, 35],
          [4, 20],
        ]).changes,
      ),
    ).toEqual([
      '0 (31): NORMAL > WARNING [1] by 1',
      '1 (45): WARNING > CRITICAL [1,9,10] by 9',
      '2 (55): CRITICAL > CRITICAL [1,10] by null',
      '3 (35): CRITICAL > WARNING [1] by 10',
      '4 (20): WARNING > NORMAL [] by 1',
    ]);
  });

  it('judges the edges of windows by the last value before them: the duration begins there', () => {
    const rules = [{ ...HOT, from: 10, to: 30, forMicros: 5 }];

    expect(
      textsOf(
        judged(
          rules,
          [
            [0, 31],
            [14, 31],
            [15, 31],
          ],
          40,
        ).changes,
      ),
    ).toEqual(['15 (31): NORMAL > WARNING [1] by 1', '30 (31): WARNING > null [] by 1']);
    expect(textsOf(judged([{ ...HOT, from: 10, to: 30 }], [[0, 31]], 29).changes)).toEqual(['10 (31): null > WARNING [1] by 1']);
    expect(judged([{ ...HOT, from: 10 }], [[20, 1]], 40).changes).toEqual([]);
  });

  it('lets a reading at the very edge of a window decide', () => {
    expect(
      textsOf(
        judged(
          [{ ...HOT, from: 10 }],
          [
            [0, 31],
            [10, 29],
            [11, 32],
          ],
        ).changes,
      ),
    ).toEqual(['11 (32): NORMAL > WARNING [1] by 1']);
  });

  it('goes on with the state of a threshold where another version of it takes over', () => {
    const rules: Rule[] = [
      { ...HOT, to: 10 },
      { ...HOT, from: 10, level: 'CRITICAL', min: 20 },
    ];

    expect(
      textsOf(
        judged(rules, [
          [0, 31],
          [11, 25],
          [12, 19],
        ]).changes,
      ),
    ).toEqual(['0 (31): NORMAL > WARNING [1] by 1', '10 (31): WARNING > CRITICAL [1] by 1', '12 (19): CRITICAL > NORMAL [] by 1']);
  });

  it('forgets a threshold while a narrower one decides', () => {
    const rules: Rule[] = [HOT, { ...HOT, thresholdId: '2', min: 60, specificity: 5, from: 10, to: 20 }];

    expect(textsOf(judged(rules, [[0, 31]], 20).changes)).toEqual([
      '0 (31): NORMAL > WARNING [1] by 1',
      '10 (31): WARNING > NORMAL [] by 1',
      '20 (31): NORMAL > WARNING [1] by 1',
    ]);
  });

  it('judges the value in force when a threshold is created, and ends what no rule speaks of any more', () => {
    const last = { time: 5, value: 31 };

    expect(textsOf(judgeInstant([HOT], { state: [], last }, 9).changes)).toEqual(['9 (31): NORMAL > WARNING [1] by 1']);
    expect(textsOf(judgeInstant([], { state: [{ thresholdId: '1', phase: 'ACTIVE', since: 2 }], last }, 9).changes)).toEqual([
      '9 (31): WARNING > null [] by 1',
    ]);
  });
});

describe('the breach state machine on random histories', () => {
  const HISTORIES = 3000;

  it('changes its verdict exactly when the definitions say so, in one piece or in many', () => {
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const random = createRandom(seed);
      const { thresholds, readings } = randomHistory(random, 'x', 'inOrder');
      const until = (readings.at(-1)?.time ?? 0) + 5_000_000;
      const rules = thresholds.flatMap((row) => toRule(row) ?? []);
      const { rows, events } = referenceOf(thresholds, readings, until);

      const changes = judgedInPieces(random, rules, readings, until);

      expect({ seed, rows: changes.map(({ time, status, active }) => ({ time, status, active })) }).toEqual({ seed, rows });
      expect({ seed, events: eventsOf(changes) }).toEqual({ seed, events: events.map(({ kind: _kind, ...event }) => event) });
    }
  });
});

function judgedInPieces(random: Random, rules: readonly Rule[], readings: readonly HistoryReading[], until: number): VerdictChange[] {
  const columns = { times: Float64Array.from(readings, ({ time }) => time), values: Float64Array.from(readings, ({ value }) => value) };
  const changes: VerdictChange[] = [];
  let start = NOTHING;
  for (let from = 0; from < readings.length; ) {
    const to = random.whole(from + 1, readings.length);
    const isEnd = to === readings.length;
    const judged = judgeReadings(rules, start, { ...columns, from, to }, isEnd ? until : 0);
    changes.push(...judged.changes);
    start = { state: judged.state, last: readings[to - 1] ?? null };
    from = to;
  }
  return changes;
}

/** Those changes at which the status is another one. */
function eventsOf(changes: readonly VerdictChange[]) {
  return changes
    .filter(({ thresholdId }) => thresholdId !== null)
    .map(({ time, value, status, previous, thresholdId }) => ({ time, value, status, previous, thresholdId }));
}
