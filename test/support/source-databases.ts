import createKnex, { type Knex } from 'knex';
import { inject } from 'vitest';

/** A database that jobs of tests read from, and its schema or database of its own. */
export interface SourceServer {
  readonly name: 'PostgreSQL' | 'MariaDB';
  readonly url: string;
  readonly knex: Knex;
  /** Drops what was made, and disconnects. */
  close(): Promise<void>;
}

const MARIADB = 'mysql://root@127.0.0.1:3306/';

/** The databases that answer: PostgreSQL always, MariaDB where there is one; that there is none is told once. */
export async function openSourceServers(): Promise<readonly SourceServer[]> {
  const name = `thermograph_source_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  const [server] = inject('testServers');
  if (server === undefined) throw new Error('no run of tests is without a server');
  const url = new URL(server.url);
  const postgres = await create('PostgreSQL', 'pg', url, name);
  try {
    return [postgres, await create('MariaDB', 'mysql2', new URL(MARIADB), name)];
  } catch (error) {
    process.stderr.write(
      `NOT RUN: no MariaDB answers at ${MARIADB} (${error instanceof Error ? error.message : String(error)}): jobs that read from it are not tested\n`,
    );
    return [postgres];
  }
}

async function create(name: SourceServer['name'], client: 'pg' | 'mysql2', server: URL, database: string): Promise<SourceServer> {
  const admin = createKnex({
    client,
    connection: connectionOf(client, server),
    pool: { min: 0, max: 1 },
    log: { warn: () => undefined, error: () => undefined },
  });
  try {
    await admin.raw('create database ??', [database]);
  } catch (error) {
    await admin.destroy();
    throw error;
  }
  const url = new URL(server);
  url.pathname = `/${database}`;
  const knex = createKnex({ client, connection: connectionOf(client, url), pool: { min: 0, max: 3 } });
  return {
    name,
    url: url.href,
    knex,
    close: async () => {
      await knex.destroy();
      await admin.raw(client === 'pg' ? 'drop database if exists ?? with (force)' : 'drop database if exists ??', [database]);
      await admin.destroy();
    },
  };
}

function connectionOf(client: 'pg' | 'mysql2', url: URL): Knex.StaticConnectionConfig {
  if (client === 'pg') return { connectionString: url.href };
  return { host: url.hostname, port: Number(url.port || 3306), user: url.username, password: url.password, database: url.pathname.slice(1), timezone: 'Z' };
}
