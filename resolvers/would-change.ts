import { readRejectionCode } from '../db/rejection-code.ts';
import { readPageSize } from '../loaders/page.ts';
import type { BreachKind, EtlSeriesChangeResolvers, EtlWouldChangeResolvers, Status } from './types.generated.ts';

const BREACH_KINDS: readonly BreachKind[] = ['OPENED', 'WORSENED', 'EASED', 'CLEARED', 'CORRECTED'];
const STATUSES: readonly Status[] = ['NORMAL', 'NO_DATA', 'WARNING', 'CRITICAL'];

/** What a dry run found: counts by name become lists, in the order of the enum. */
export const wouldChangeResolvers = {
  EtlWouldChange: {
    rejectedByCode: ({ rejectedByCode }) => Object.entries(rejectedByCode).map(([code, count]) => ({ code: readRejectionCode(code), count })),
    series: ({ series }, { first }, { loaders }) => loaders.charged(series.slice(0, readPageSize(first, 100))),
    statusesChanged: ({ verdicts }) => verdicts.changed,
    statuses: ({ verdicts: { loaded } }) => [...STATUSES, null].flatMap((status) => counted(loaded[status ?? 'NONE'], (count) => ({ status, count }))),
    breachesByKind: ({ breachesByKind }) => BREACH_KINDS.flatMap((kind) => counted(breachesByKind[kind], (count) => ({ kind, count }))),
  } satisfies EtlWouldChangeResolvers,
  EtlSeriesChange: {
    location: ({ location }) => (location === '' ? null : location),
    examples: ({ examples }) => examples.map((example) => ({ time: example.time, oldValue: example.old, newValue: example.new })),
  } satisfies EtlSeriesChangeResolvers,
};

function counted<T>(count: number | undefined, make: (count: number) => T): readonly T[] {
  return count === undefined || count === 0 ? [] : [make(count)];
}
