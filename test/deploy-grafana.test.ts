import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Store } from '../db/store.ts';
import type { Gateway } from '../server/gateway.ts';
import { ROOT } from './support/markdown.ts';
import { useSampleStores } from './support/sample-database.ts';
import { serve } from './support/served-gateway.ts';
import { sendAs } from './support/tool-request.ts';

const FOLDER = join(ROOT, 'deploy/grafana');
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8');

/*
 * What Grafana reads of provisioned files, and Infinity of its queries; strict, so that a misspelt key is found:
 * grafana.com/docs/grafana/latest/administration/provisioning, and github.com/grafana/grafana-infinity-datasource at 683f883, src/types/query.types.ts.
 */
const dataSources = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: z.string(),
      uid: z.string().regex(/^[\w-]{1,40}$/),
      type: z.string(),
      access: z.literal('proxy'),
      url: z.string(),
      isDefault: z.boolean(),
      editable: z.boolean(),
      jsonData: z.strictObject({ customHealthCheckEnabled: z.boolean(), customHealthCheckUrl: z.string() }),
    }),
  ),
});

const providers = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({ name: z.string(), type: z.literal('file'), allowUiUpdates: z.boolean(), options: z.strictObject({ path: z.string().startsWith('/') }) }),
  ),
});

const dataSource = z.strictObject({ type: z.string(), uid: z.string() });
const column = z.strictObject({ selector: z.string(), text: z.string(), type: z.enum(['string', 'number', 'timestamp', 'timestamp_epoch', 'boolean']) });
const query = z.strictObject({
  refId: z.string().min(1),
  datasource: dataSource.optional(),
  type: z.literal('graphql'),
  source: z.literal('url'),
  parser: z.literal('backend'),
  format: z.enum(['table', 'timeseries']),
  url: z.string(),
  url_options: z.strictObject({
    method: z.literal('POST'),
    data: z.literal(''),
    body_type: z.literal('graphql'),
    body_content_type: z.literal('application/json'),
    body_graphql_query: z.string().min(1),
    body_graphql_variables: z.string(),
  }),
  root_selector: z.string().min(1),
  columns: z.array(column).min(1),
  filters: z.array(z.never()),
});
type Query = z.infer<typeof query>;

const panel = z.strictObject({
  id: z.int().positive(),
  type: z.enum(['timeseries', 'state-timeline', 'table', 'stat', 'bargauge']),
  title: z.string(),
  description: z.string(),
  datasource: dataSource,
  gridPos: z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) }),
  targets: z.array(query).min(1),
  fieldConfig: z.strictObject({
    defaults: z.record(z.string(), z.unknown()),
    overrides: z.array(z.strictObject({ matcher: z.object({ id: z.string() }), properties: z.array(z.strictObject({ id: z.string(), value: z.unknown() })) })),
  }),
  options: z.record(z.string(), z.unknown()),
  interval: z.string().optional(),
  maxDataPoints: z.int().positive().optional(),
  transformations: z.array(z.strictObject({ id: z.string(), options: z.record(z.string(), z.unknown()) })).optional(),
});

const variable = z.object({
  type: z.literal('query'),
  name: z.string(),
  datasource: dataSource,
  query: z.strictObject({ queryType: z.literal('infinity'), refId: z.string(), query: z.string(), infinityQuery: query }),
  multi: z.boolean(),
  includeAll: z.boolean(),
  current: z.object({ value: z.union([z.string(), z.array(z.string())]) }),
});

const dashboard = z.object({
  uid: z.string().regex(/^[\w-]{1,40}$/),
  title: z.string(),
  schemaVersion: z.int().min(39),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  templating: z.strictObject({ list: z.array(variable) }),
  panels: z.array(panel).min(1),
});

const sources = dataSources.parse(parse(read('provisioning/datasources/thermograph.yaml'))).datasources;
const dashboards = readdirSync(join(FOLDER, 'dashboards')).map((file) => ({ file, ...dashboard.parse(JSON.parse(read(`dashboards/${file}`))) }));

const samples = useSampleStores();
let store: Store | null = null;
let gateway: Gateway | null = null;
beforeAll(async () => {
  store = await samples.open();
  gateway = await serve(store, []);
}, 300_000);
afterAll(async () => {
  await gateway?.stop();
  await store?.close();
});

/** Sends a query as Infinity does, and gives what its root and its columns select of the answer: a value for each row and column. */
async function run({ url, url_options, root_selector, columns }: Query, interpolate: (text: string) => string): Promise<readonly (readonly unknown[])[]> {
  if (gateway === null) throw new Error('the gateway has not started');
  const variables = interpolate(url_options.body_graphql_variables);
  const { status, json } = await sendAs(new URL(gateway.url).origin, {
    method: 'POST',
    path: url,
    headers: { accept: 'application/json;q=0.9,text/plain', 'accept-encoding': 'gzip', 'content-type': 'application/json' },
    body: JSON.stringify({ query: interpolate(url_options.body_graphql_query), variables: variables === '' ? null : JSON.parse(variables) }),
  });
  expect([status, json.errors]).toEqual([200, undefined]);
  const rows = select(json, root_selector);
  if (!Array.isArray(rows)) throw new Error(`${root_selector} is no list in the answer`);
  return rows.map((row) => columns.map(({ selector }) => select(row, selector)));
}

/** A path of names; undefined where the answer has no such field, and null below what is null. */
function select(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path.split('.')) {
    if (at === null) return null;
    at = typeof at === 'object' ? Reflect.get(at, name) : undefined;
  }
  return at;
}

/** Grafana's variables as it puts them into texts: `$name`, `${name}` and `${name:json}`. */
function interpolator(values: Readonly<Record<string, string | readonly string[]>>): (text: string) => string {
  return (text) =>
    text.replaceAll(/\$(?:\{(\w+)(?::(\w+))?\}|(\w+))/g, (whole, braced?: string, format?: string, bare?: string) => {
      const value = values[braced ?? bare ?? ''];
      // What Grafana does not know it leaves as it is: GraphQL's own variables.
      if (value === undefined) return whole;
      if (format === 'json') return JSON.stringify(value);
      return typeof value === 'string' ? value : `{${value.join(',')}}`;
    });
}

/** Grafana's rounding of the time between two points: rangeutil.ts of @grafana/data. */
const INTERVALS = [
  '1s',
  '2s',
  '5s',
  '10s',
  '15s',
  '20s',
  '30s',
  '1m',
  '2m',
  '5m',
  '10m',
  '15m',
  '20m',
  '30m',
  '1h',
  '2h',
  '3h',
  '6h',
  '12h',
  '1d',
  '7d',
  '30d',
  '1y',
];
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, y: 31_536_000_000 };
const lengthOf = (interval: string) => Number(interval.slice(0, -1)) * (UNIT_MS[interval.at(-1) ?? ''] ?? Number.NaN);
const intervalOf = (from: number, to: number, points: number) => INTERVALS.find((interval) => lengthOf(interval) >= (to - from) / points) ?? '1y';

it('provisions one data source, of the gateway, for the provider of the folder of dashboards', () => {
  expect(sources).toMatchObject([{ uid: 'thermograph', type: 'yesoreyeram-infinity-datasource' }]);
  expect(providers.parse(parse(read('provisioning/dashboards/thermograph.yaml'))).providers).toHaveLength(1);
});

it('is mounted by Compose where Grafana reads it, and asks the gateway by a name that is allowed, on this machine only', () => {
  const { services } = z
    .object({
      services: z.object({
        gateway: z.object({ environment: z.object({ ALLOWED_HOSTS: z.string() }) }),
        grafana: z.object({
          profiles: z.array(z.string()),
          image: z.string(),
          environment: z.object({ THERMOGRAPH_URL: z.string(), GF_PLUGINS_PREINSTALL_SYNC: z.string() }),
          volumes: z.array(z.string()),
          ports: z.array(z.string()),
        }),
      }),
    })
    .parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')));
  const { gateway: asked, grafana } = services;
  const [provider] = providers.parse(parse(read('provisioning/dashboards/thermograph.yaml'))).providers;

  expect(grafana.profiles).toEqual(['grafana']);
  expect(grafana.image).toMatch(/^grafana\/grafana:\d+\.\d+\.\d+$/);
  expect(grafana.environment.GF_PLUGINS_PREINSTALL_SYNC.split('@')[0]).toBe(sources[0]?.type);
  for (const folder of ['provisioning/datasources', 'provisioning/dashboards'])
    expect(grafana.volumes).toContain(`./deploy/grafana/${folder}:/etc/grafana/${folder}:ro`);
  expect(grafana.volumes).toContain(`./deploy/grafana/dashboards:${provider?.options.path}:ro`);
  expect(asked.environment.ALLOWED_HOSTS.split(',')).toContain(new URL(grafana.environment.THERMOGRAPH_URL).hostname);
  expect(sources.map(({ url }) => url)).toEqual(['$THERMOGRAPH_URL']);
  expect(grafana.ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
});

for (const { file, title, time, templating, panels } of dashboards) {
  describe(`${file}, ${title}`, () => {
    const [from, to] = [Date.parse(time.from), Date.parse(time.to)];
    const targets = panels.flatMap((shown) => shown.targets.map((target) => ({ ...target, panel: shown })));

    /** As a dashboard that has just been opened has them. */
    const chosen = async () => {
      const values: Record<string, string | readonly string[]> = { __from: String(from), __to: String(to) };
      for (const { name, query: asked, multi, current } of templating.list) {
        const options = (await run(asked.infinityQuery, interpolator(values))).flatMap(([option]) => (typeof option === 'string' ? [option] : []));
        expect(options.length).toBeGreaterThan(1);
        if (!multi) expect(options).toContain(current.value);
        values[name] = multi ? [...new Set(options)] : String(current.value);
      }
      return values;
    };

    it('asks only the data source that is provisioned, and shows each panel in a place of its own', () => {
      const known = sources.map(({ uid, type }) => ({ uid, type }));
      for (const { datasource } of [...panels, ...templating.list, ...targets]) expect(known).toContainEqual(datasource);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    });

    it.each(targets.map((target) => [target.panel.title, target.refId, target] as const))('finds data for %s, query %s', async (_title, _refId, target) => {
      const values = await chosen();
      const points = target.panel.maxDataPoints ?? 1_200;
      const interval = intervalOf(from, to, points);
      const rows = await run(target, interpolator({ ...values, __interval: interval, __interval_ms: String(lengthOf(interval)) }));

      expect(rows.length).toBeGreaterThan(1);
      target.columns.forEach(({ selector, type }, column) => {
        const cells = rows.map((row) => row[column]);
        expect(cells, `${selector} is not in the answer`).not.toContain(undefined);
        const values = cells.filter((cell) => cell !== null);
        if (type === 'timestamp') expect(values.every((cell) => typeof cell === 'string' && !Number.isNaN(Date.parse(cell)))).toBe(true);
        else expect(values.every((cell) => typeof cell === type)).toBe(true);
        expect(values.length, `${selector} is null in every row`).toBeGreaterThan(0);
      });
    });

    it.each(INTERVALS.map((interval) => [interval]))('is answered whatever Grafana takes for the time between two points: %s', async (interval) => {
      const values = await chosen();
      const start = Math.max(to - lengthOf(interval) * 100, Date.UTC(1980));
      for (const target of targets.filter(({ url_options }) => url_options.body_graphql_variables.includes('__interval'))) {
        const asked = { ...values, __from: String(start), __to: String(to), __interval: interval, __interval_ms: String(lengthOf(interval)) };
        await run(target, interpolator(asked));
      }
    });
  });
}
