import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, GraphQLScalarType } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { openStore } from '../db/open-store.ts';
import type { GraphQLContext } from '../resolvers/context.ts';
import { createCostGuard } from '../server/cost-guard.ts';
import { createFindOperation } from '../server/find-operation.ts';
import { toPublicError } from '../server/format-error.ts';
import { createGraphqlEndpoint } from '../server/graphql.ts';
import { createGraphqlService } from '../server/graphql-service.ts';
import { createHttpServer, type HttpServer } from '../server/http.ts';
import { createDocumentGuard } from '../server/limits.ts';
import { createLogger } from '../server/logger.ts';
import { createPersistedDocuments } from '../server/persisted-documents.ts';
import { useDatabase } from './support/database.ts';
import { collectLines, type LogLine, postTo, serve, useGateway } from './support/served-gateway.ts';
import { runOn, urlOf } from './support/test-server.ts';

const db = useDatabase();
const gateway = useGateway(db);

/** A schema whose fields fail in every way that there is. */
const schema = makeExecutableSchema<GraphQLContext>({
  typeDefs: 'scalar Even type Query { fails(as: String, even: Even): Int never: Int! }',
  resolvers: {
    Even: new GraphQLScalarType({
      name: 'Even',
      parseValue(value) {
        throw new InvalidArgumentError('even', value, 'it must be even');
      },
    }),
    Query: {
      fails(_root: unknown, { as }: { as?: string }) {
        if (as === 'typed') throw new InvalidArgumentError('bucket', '7m', 'a bucket must divide a day');
        if (as === 'bug') throw new TypeError('cannot read properties of undefined (reading "secret")');
        if (as === 'graphql') throw new GraphQLError('said on purpose', { extensions: { code: 'ON_PURPOSE' } });
        return 1;
      },
      never: () => null,
    },
  },
});
const lines: LogLine[] = [];
let server: HttpServer;
let url = '';

beforeAll(async () => {
  const log = createLogger({ level: 'info', stream: collectLines(lines) });
  const documentLimits = { maxBytes: 10_000, maxTokens: 1_000, maxDepth: 12, maxRootFields: 30, maxAliases: 30, maxFields: 100 };
  const limits = { maxPoints: 1_000, maxReadings: 1_000 };
  const findOperation = createFindOperation(documentLimits);
  const service = await createGraphqlService({
    store: db.store,
    schema,
    log,
    limits,
    batchSize: 1_000,
    documentLimits,
    costs: createCostGuard(schema, 1_000_000),
    findOperation,
  });
  const streams = { isForStream: () => false, answer: () => Promise.reject(new Error('no request here takes a stream')) };
  const persisted = createPersistedDocuments({ refuse: createDocumentGuard(documentLimits) });
  const endpoint = createGraphqlEndpoint({ service, streams, persisted, maxRequestBytes: 100_000, page: () => undefined });
  server = createHttpServer(new Map([['/graphql', endpoint]]), log);
  server.server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => server.stop(100));

it('tells a typed error with its code, field, value and rule', async () => {
  const { status, body } = await postTo(url, '{ fails(as: "typed") }');

  expect(status).toBe(200);
  expect(body).toEqual({
    data: { fails: null },
    errors: [
      {
        message: 'bucket is "7m", but a bucket must divide a day',
        path: ['fails'],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'BAD_USER_INPUT', field: 'bucket', value: '7m', rule: 'a bucket must divide a day' },
      },
    ],
  });
});

it('masks what is no fault of the client, with the same id in answer and log', async () => {
  const { body } = await postTo(url, 'query Masked($as: String) { fails(as: $as) }', { as: 'bug' }, { 'x-request-id': 'masked-1' });

  const [{ message, extensions }] = body.errors;
  expect(extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(message).toContain(extensions.errorId);
  expect(JSON.stringify(body)).not.toMatch(/secret|TypeError|\.ts/);
  const logged = lines.find((line) => line.errorId === extensions.errorId);
  expect(logged).toMatchObject({ level: 'error', requestId: 'masked-1', msg: 'internal error' });
  expect(JSON.stringify(logged)).toMatch(/reading \\"secret.*server-errors\.test\.ts/);
});

it('masks a null where the schema allows none', async () => {
  const { body } = await postTo(url, '{ never }');

  expect(body.errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(body.errors[0].message).not.toContain('never');
});

it('keeps the codes of parsing, validation and coercion, and what a scalar says of its value', async () => {
  const parse = await postTo(url, '{');
  const validation = await postTo(url, '{ nothing }');
  const literal = await postTo(url, '{ fails(even: 3) }');
  const variable = await postTo(url, 'query ($even: Even) { fails(even: $even) }', { even: 3 });
  const operation = await postTo(url, 'query A { fails } query B { fails }');

  expect(parse.body.errors[0].extensions.code).toBe('GRAPHQL_PARSE_FAILED');
  expect(validation.body.errors[0]).toMatchObject({ message: expect.stringContaining('nothing'), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  expect(literal.body.errors[0]).toMatchObject({
    message: expect.stringContaining('even is 3, but it must be even'),
    extensions: { code: 'BAD_USER_INPUT', field: 'even', value: 3 },
  });
  expect(variable.body.errors[0]).toMatchObject({
    message: expect.stringContaining('Variable "$even"'),
    extensions: { code: 'BAD_USER_INPUT', field: 'even', value: 3 },
  });
  expect(operation.body.errors[0].extensions.code).toBe('OPERATION_RESOLUTION_FAILURE');
  expect([parse, validation, literal, variable, operation].map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});

it('sends no stack trace in any answer', async () => {
  for (const query of ['{', '{ nothing }', '{ fails(as: "bug") }', '{ fails(as: "typed") }', '{ never }']) {
    const { body } = await postTo(url, query);
    expect(JSON.stringify(body)).not.toMatch(/stack|node_modules|\bat /);
  }
});

it('says that a question took too long, and how to make it shorter', async () => {
  const store = await openStore({ url: db.url, timezone: 'UTC', log: { info: ignore, warn: ignore, error: ignore }, statementTimeoutMs: 50 });
  const timeout = await store.readPool.query({ text: 'select pg_sleep(5)' }).catch((error: unknown) => error);
  await store.close();

  const told = toPublicError(timeout, createLogger({ level: 'silent' }));

  expect(told).toEqual({ message: expect.stringContaining('shorter range'), extensions: { code: 'QUERY_TIMEOUT' } });
});

it.each([
  ['08006', 'DATABASE_UNAVAILABLE', 'database unavailable'],
  ['08P01', 'INTERNAL_SERVER_ERROR', 'internal error'],
])('takes %s of PostgreSQL for %s', (sqlState, code, logged) => {
  const told: LogLine[] = [];
  const error = Object.assign(new pg.DatabaseError('bind message supplies 2 parameters, but prepared statement requires 3', 0, 'error'), { code: sqlState });

  const { extensions } = toPublicError(error, createLogger({ level: 'info', stream: collectLines(told) }));

  expect(extensions).toMatchObject({ code });
  expect(told).toMatchObject([{ level: code === 'INTERNAL_SERVER_ERROR' ? 'error' : 'warn', msg: logged }]);
});

it('answers 503 DATABASE_UNAVAILABLE while the database cannot be reached, and answers again once it can', async () => {
  const away = await openStore({ url: db.url, timezone: 'UTC', log: { info: ignore, warn: ignore, error: ignore } });
  await away.close();

  const unavailable = await serve(away, []);
  const without = await postTo(unavailable.url, '{ metrics { id } }');
  const ready = await fetch(new URL('/readyz', unavailable.url));
  const alive = await fetch(new URL('/healthz', unavailable.url));
  const ingest = await fetch(new URL('/ingest', unavailable.url), {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: 'time,sensor,metric,value\n',
  });
  await unavailable.stop();
  const withIt = await gateway.ask('{ metrics { id } }');

  expect(without).toMatchObject({
    status: 503,
    body: { errors: [{ message: expect.stringContaining('try again later'), extensions: { code: 'DATABASE_UNAVAILABLE' } }] },
  });
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unready', reason: 'the database cannot be reached' }]);
  expect(alive.status).toBe(200);
  expect([ingest.status, await ingest.json()]).toMatchObject([503, { errors: [{ extensions: { code: 'DATABASE_UNAVAILABLE' } }] }]);
  expect(withIt.status).toBe(200);
});

it('answers 503 DATABASE_UNAVAILABLE while nobody may connect to the database', async () => {
  const name = `thermograph_closed_${randomBytes(6).toString('hex')}`;
  await runOn(db.url, `create database ${name} template template0 encoding 'UTF8'`);
  const store = await openStore({ url: urlOf(db.url, name), timezone: 'UTC', log: { info: ignore, warn: ignore, error: ignore } });
  const closed = await serve(store, []);
  await runOn(
    db.url,
    `alter database ${name} with allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
  // Until the pool has heard that its idle connections are gone.
  await vi.waitFor(() => expect(store.writePool).toMatchObject({ totalCount: 0 }));
  await vi.waitFor(() => expect(store.readPool).toMatchObject({ totalCount: 0 }));

  const answer = await postTo(closed.url, '{ metrics { id } }');

  await closed.stop();
  await store.close();
  await runOn(db.url, `drop database ${name}`);
  expect(answer).toMatchObject({ status: 503, body: { errors: [{ extensions: { code: 'DATABASE_UNAVAILABLE' } }] } });
});

function ignore(): void {
  // What the store says of itself is not looked at here.
}
