import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { createSchema } from '../resolvers/schema.ts';
import { createResumable } from '../web/graphiql/resumable.ts';

it.each([
  ['an argument where there was none', 'subscription { breaches { cursor } }', 'breaches(after: "c2")'],
  ['an argument beside others', 'subscription { all: breaches(where: { metrics: ["humidity"] }) { cursor } }', 'after: "c2"'],
  ['an argument in place of a text', 'subscription { breaches(after: "c0") { cursor } }', 'breaches(after: "c2")'],
])('goes on after the cursor of the last frame by %s', (_case, query, expected) => {
  const asked = createResumable({ query, variables: null, operationName: null });
  asked.saw({ breaches: { cursor: 'c1' } });
  asked.saw({ breaches: { cursor: 'c2' } });

  expect(asked.payload.query).toContain(expected);
  expect(asked.payload.query.match(/after/g)).toHaveLength(1);
  expect(validate(createSchema(), parse(asked.payload.query))).toEqual([]);
  expect(asked.goesOn).toBe(true);
});

it('goes on after the cursor of the last frame by the variable that the document has for it', () => {
  const query = 'subscription Since($from: String) { breaches(after: $from) { cursor } }';
  const asked = createResumable({ query, variables: { other: 1 }, operationName: 'Since' });
  asked.saw({ breaches: { cursor: 'c1' } });

  expect(asked.payload).toEqual({ query, variables: { other: 1, from: 'c1' }, operationName: 'Since' });
});

it('does not go on where breaches would be missed, but asks anew for what is told whole', () => {
  const breaches = createResumable({ query: 'subscription { breaches { live } }', variables: null, operationName: null });
  const latest = createResumable({ query: 'subscription { latest { value } }', variables: null, operationName: null });
  const before = latest.goesOn;
  breaches.saw({ breaches: { live: true } });
  latest.saw({ latest: [] });

  expect([breaches.goesOn, before, latest.goesOn]).toEqual([false, false, true]);
});
