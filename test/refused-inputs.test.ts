import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { getExport } from './support/exports.ts';
import { postTo, useGateway } from './support/served-gateway.ts';

const gateway = useGateway(useDatabase());

/** The first error of the answer. */
async function refusalOf(document: string, variables: Record<string, unknown> = {}) {
  const { body } = await postTo(gateway.url, document, variables);
  return body.errors[0];
}

describe('a null for an argument that has a default and allows none', () => {
  it.each([
    ['fill', 'Fill!', 'query ($v: Fill) { aggregates(metrics: [], from: "2024", fill: $v) { bucket } }'],
    ['by', 'Grouping!', 'query ($v: Grouping) { aggregates(metrics: [], from: "2024", by: $v) { bucket } }'],
    ['maxPoints', 'Int!', 'query ($v: Int) { downsample(from: "2024", maxPoints: $v) { readings } }'],
  ])('is told as what the caller gave: %s of %s', async (field, type, document) => {
    const rule = `it is of type ${type}, which null is not: leave it out of the variables, and the default holds`;
    const { message, extensions } = await refusalOf(document, { v: null });

    expect(message).toBe(`${field} is null, but ${rule}`);
    expect(extensions).toEqual({ code: 'BAD_USER_INPUT', field, value: null, rule });
    expect((await postTo(gateway.url, document, {})).body.errors).toBeUndefined();
  });
});

describe('a value that an enum does not have', () => {
  const VALUES = /It is one of NONE, NULL, PREVIOUS, LINEAR\./;

  it.each([
    ['in the document', '{ aggregates(metrics: [], from: "2024", fill: ZERO) { bucket } }', {}],
    ['in a variable', 'query ($f: Fill!) { aggregates(metrics: [], from: "2024", fill: $f) { bucket } }', { f: 'ZERO' }],
    ['of another kind', 'query ($f: Fill!) { aggregates(metrics: [], from: "2024", fill: $f) { bucket } }', { f: 0 }],
  ])('is answered with those that it has: %s', async (_where, document, variables) => {
    expect((await refusalOf(document, variables)).message).toMatch(VALUES);
  });

  it('is said to be written without quotes where only these are wrong', async () => {
    const { message } = await refusalOf('{ aggregates(metrics: [], from: "2024", fill: "LINEAR") { bucket } }');

    expect(message).toMatch(VALUES);
    expect(message).toMatch(/written without quotes/);
    expect((await refusalOf('{ aggregates(metrics: [], from: "2024", fill: "ZERO") { bucket } }')).message).not.toMatch(/quotes/);
  });

  it('is told so in the parameters of an export', async () => {
    const { status, json } = await getExport(gateway.origin, 'readings.csv?from=2024&order=DESC');

    expect(status).toBe(400);
    expect(json().errors[0].message).toMatch(/It is one of ASCENDING, DESCENDING\./);
  });
});
