import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { selectMigrationState } from '../db/migrate.ts';
import { openStore } from '../db/open-store.ts';
import type { Store } from '../db/store.ts';
import { describeEachEngine } from './support/database.ts';
import { runOn } from './support/test-server.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describeEachEngine('opening a store', (db) => {
  const created: string[] = [];
  const roles: string[] = [];

  async function createEmptyDatabase(): Promise<string> {
    const name = `thermograph_opening_${randomBytes(6).toString('hex')}`;
    await runOn(db.url, `create database ${name} template template0 encoding 'UTF8'`);
    created.push(name);
    const url = new URL(db.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  afterAll(async () => {
    for (const name of created) await runOn(db.url, `drop database if exists ${name} with (force)`);
    for (const role of roles) await runOn(db.url, `drop role if exists ${role}`);
  });

  it('lets four instances start at once on an empty database', async () => {
    const url = await createEmptyDatabase();

    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore({ url, timezone: 'UTC', log: silent })));

    expect(new Set(stores.map((store) => store.id)).size).toBe(1);
    expect(new Set(stores.map((store) => store.engine.name))).toEqual(new Set([db.engine]));
    const state = await selectMigrationState((stores[0] as Store).writePool);
    expect(state).toMatchObject({ engine: db.engine, pending: [] });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('chooses the engine that the server offers, once, and refuses to be opened as another one', async () => {
    const other = db.engine === 'postgres' ? 'timescale' : 'postgres';

    await expect(openStore({ url: db.url, timezone: 'UTC', log: silent, engine: other })).rejects.toMatchObject({ code: 'ENGINE_MISMATCH' });
  });

  it('lets the owner of a database create its store, who may not see the settings of the server', async () => {
    const url = new URL(await createEmptyDatabase());
    const role = `thermograph_owner_${randomBytes(6).toString('hex')}`;
    roles.push(role);
    await runOn(db.url, `create role ${role} login password 'owner'`, `alter database ${url.pathname.slice(1)} owner to ${role}`);
    url.username = role;
    url.password = 'owner';

    const store = await openStore({ url: url.href, timezone: 'UTC', log: silent });

    expect(store.engine.name).toBe(db.engine);
    await store.close();
  });

  it.each(['a URL', 'no URL'])('keeps its own settings of a session beside those that an address names which is %s', async (kind) => {
    const url = new URL(await createEmptyDatabase());
    if (kind === 'no URL') url.searchParams.set('host', url.hostname);
    url.searchParams.set('options', '-c TimeZone=Asia/Seoul -c work_mem=7MB');
    // As an address of a socket is written: the host is only among the parameters.
    const address = kind === 'a URL' ? url.href : url.href.replace(`@${url.host}/`, '@/').replace('?', `?port=${url.port}&`);

    const store = await openStore({ url: address, timezone: 'UTC', log: silent });

    expect(URL.canParse(address)).toBe(kind === 'a URL');
    for (const pool of [store.writePool, store.readPool]) {
      const { rows } = await pool.query({
        text: `select current_setting('TimeZone') as zone, current_setting('work_mem') as memory, current_setting('jit') as jit`,
      });
      expect(rows).toEqual([{ zone: 'UTC', memory: '7MB', jit: 'off' }]);
    }
    await store.close();
  });

  it('refuses a store that a newer version has migrated', async () => {
    const url = await createEmptyDatabase();
    const store = await openStore({ url, timezone: 'UTC', log: silent });
    await store.writePool.query({ text: `insert into migration (number, file) values (9999, '9999_from-the-future.sql')` });
    await store.close();

    await expect(openStore({ url, timezone: 'UTC', log: silent })).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
  });
});
