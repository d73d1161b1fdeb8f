import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BreachIndex, type BreachSelection, type BreachSubject } from '../alerts/outbox/breach-index.ts';
import type { Level } from '../db/catalogue.ts';

const names = (kind: string, count: number) => fc.constantFrom(...Array.from({ length: count }, (_, index) => `${kind}${index}`));
const level = fc.constantFrom<Level>('WARNING', 'CRITICAL');
const some = <T>(value: fc.Arbitrary<T>) => fc.option(fc.array(value, { maxLength: 3 }).map((values) => new Set(values)));

const selection: fc.Arbitrary<BreachSelection> = fc.record({
  sensorIds: some(names('sensor', 5)),
  locationIds: some(names('location', 4)),
  metricIds: some(names('metric', 3)),
  levels: some(level),
});
const subject: fc.Arbitrary<BreachSubject> = fc.record({
  sensorId: names('sensor', 5),
  locationId: fc.option(names('location', 4)),
  metricId: names('metric', 3),
  levels: fc.uniqueArray(level, { maxLength: 2 }),
});

/** The same question, asked of one after the other. */
function isWanted({ sensorIds, locationIds, metricIds, levels }: BreachSelection, breach: BreachSubject): boolean {
  return (
    (sensorIds === null || [...sensorIds].includes(breach.sensorId)) &&
    (locationIds === null || [...locationIds].some((id) => id === breach.locationId)) &&
    (metricIds === null || [...metricIds].includes(breach.metricId)) &&
    (levels === null || breach.levels.some((one) => [...levels].includes(one)))
  );
}

it('finds for every breach those who want it, each once, as a look at everybody would', () => {
  fc.assert(
    fc.property(fc.array(selection, { maxLength: 30 }), fc.array(subject, { maxLength: 10 }), (selections, subjects) => {
      const index = new BreachIndex<{ readonly selection: BreachSelection }>();
      const everybody = selections.map((wanted) => ({ selection: wanted }));
      for (const one of everybody) index.set(one, one.selection);

      for (const breach of subjects) {
        const found = index.matching(breach);
        expect(new Set(found)).toEqual(new Set(everybody.filter((one) => isWanted(one.selection, breach))));
        expect(found).toHaveLength(new Set(found).size);
      }
    }),
  );
});

it('goes by the newest selection of each, and forgets who has gone', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(selection, selection, fc.boolean()), { maxLength: 20 }), subject, (changes, breach) => {
      const index = new BreachIndex<object>();
      const everybody = changes.map(([before, after, stays]) => ({ before, after, stays }));
      for (const one of everybody) index.set(one, one.before);
      for (const one of everybody) if (one.stays) index.set(one, one.after);
      for (const one of everybody) if (!one.stays) index.delete(one);

      expect(new Set(index.matching(breach))).toEqual(new Set(everybody.filter(({ stays, after }) => stays && isWanted(after, breach))));
    }),
  );
});
