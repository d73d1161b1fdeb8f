import { Writable } from 'node:stream';
import type { Store } from '../../db/store.ts';
import { type Gateway, startGateway } from '../../server/gateway.ts';
import { createLogger } from '../../server/logger.ts';
import { readServingSettings } from '../../server/settings.ts';
import { differencesOf, expectAggregates } from './oracle-aggregate-case.ts';
import type { AnsweredFields } from './oracle-answer.ts';
import { writeDocument } from './oracle-documents.ts';
import type { OracleCase } from './oracle-gateway.ts';
import { type AggregateRequest, drawAggregateRequest } from './oracle-requests.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

type Format = 'csv' | 'ndjson' | 'json';

/** A gateway that is asked by HTTP for its answers as files. */
export interface ExportingGateway {
  /** Exports the answer to a question, and holds the file against what the oracle computes. */
  readonly exportCase: (drawn: { readonly request: AggregateRequest; readonly format: Format }, world: OracleWorld) => OracleCase;
  readonly stop: () => Promise<void>;
}

/** Serves a store, and saves each document under a name when it is first exported. */
export async function startExports(store: Store): Promise<ExportingGateway> {
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  const settings = readServingSettings({ PORT: '0', MAX_POINTS: '1000000', MAX_COST: '1000000000' });
  const gateway = await startGateway(store, settings, createLogger({ level: 'fatal', stream: quiet }));
  const names = new Map<string, Promise<string>>();
  const nameOf = (text: string) => {
    const known = names.get(text) ?? saveDocument(gateway, `oracle-${names.size}`, text);
    names.set(text, known);
    return known;
  };
  return {
    stop: () => gateway.stop(),
    exportCase:
      ({ request, format }, world) =>
      async () => {
        const exporting = nameOf(writeDocument(request.plan)).then((name) => readFile(gateway, `${name}.${format}`, request.variables));
        const expected = expectAggregates(request, world);
        const rows = parseFile(await exporting, format).map(unflatten);
        const data = request.plan.shapes.includes('ROWS') ? { aggregateRows: rows } : { aggregates: rewind(rows) };
        const differences = differencesOf(request, expected, data);
        const exported = JSON.stringify({ format, variables: request.variables, text: writeDocument(request.plan) });
        return { differences: differences.length === 0 ? [] : [...differences.slice(0, 5), exported], points: rows.length };
      },
  };
}

/** A question of groups in one shape, whose answer does not depend on when it is asked: here the clock is the machine's. */
export function drawExport(random: Random, world: OracleWorld): { readonly request: AggregateRequest; readonly format: Format } {
  const request = drawAggregateRequest(random, world);
  const { from, to } = request.variables;
  const isTimeless = request.asked.now > Date.UTC(2026, 0, 1) * 1000 && to !== undefined && !JSON.stringify([from, to]).includes('now');
  if (request.plan.holder !== 'QUERY' || !isTimeless) return drawExport(random, world);
  const shapes = [random.pick(['POINTS', 'POINTS', 'ROWS', 'ROWS', 'COLUMNS'] as const)];
  return { request: { ...request, plan: { ...request.plan, shapes, isExported: true } }, format: random.pick(['csv', 'csv', 'ndjson', 'json'] as const) };
}

async function saveDocument(gateway: Gateway, name: string, text: string): Promise<string> {
  const query = 'mutation ($name: String!, $text: String!) { saveDocument(name: $name, text: $text) { problem } }';
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables: { name, text } }) });
  const answer = (await response.text()).trim();
  if (answer !== '{"data":{"saveDocument":{"problem":null}}}') throw new Error(`the document is not saved: ${answer}`);
  return name;
}

async function readFile(gateway: Gateway, file: string, variables: Readonly<Record<string, unknown>>): Promise<string> {
  const url = new URL(`/export/${file}`, gateway.url);
  for (const [name, value] of Object.entries(variables)) {
    if (Array.isArray(value)) for (const item of value) url.searchParams.append(name, String(item));
    else if (value !== null) url.searchParams.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}: ${await response.text()}`);
  return response.text();
}

/** Rows by the names of their columns. */
function parseFile(text: string, format: Format): Readonly<Record<string, unknown>>[] {
  if (format === 'json') return JSON.parse(text);
  if (format === 'ndjson')
    return text
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const [header = [], ...rows] = parseCsv(text);
  return rows.map((cells) => Object.fromEntries(header.map((name, i) => [name, readCell(cells[i] ?? '')])));
}

/** By RFC 4180: lines end with CRLF, the last one too. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** No text of the oracle's world could be taken for a number. */
function readCell(cell: string): unknown {
  if (cell === '') return null;
  return /^(?:true|false|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\[.*\])$/.test(cell) ? JSON.parse(cell) : cell;
}

/** Dotted names as objects; one of which all is null is null. */
function unflatten(row: Readonly<Record<string, unknown>>): AnsweredFields {
  const fields: Record<string, unknown> = {};
  const parts = new Map<string, Record<string, unknown>>();
  for (const [name, value] of Object.entries(row)) {
    const dot = name.indexOf('.');
    if (dot === -1) fields[name] = value;
    else parts.set(name.slice(0, dot), { ...parts.get(name.slice(0, dot)), [name.slice(dot + 1)]: value });
  }
  for (const [name, part] of parts) fields[name] = name !== 'group' && Object.values(part).every((value) => value === null) ? null : unflatten(part);
  return fields;
}

/** A series for each stretch of rows of one group, which had a row for each point. */
function rewind(rows: readonly AnsweredFields[]): AnsweredFields[] {
  const series: { key: string; fields: Record<string, unknown>; points: unknown[] }[] = [];
  for (const { points, ...fields } of rows) {
    if (points === undefined) series.push({ key: '', fields, points: [] });
    const key = JSON.stringify([fields.metric, fields.group]);
    const last = series.at(-1);
    if (points === undefined) continue;
    if (last?.key === key) last.points.push(points);
    else series.push({ key, fields, points: [points] });
  }
  return series.map(({ fields, points }) => (fields.columns === undefined ? { ...fields, points } : fields));
}
