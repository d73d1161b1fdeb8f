import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StoreError } from '../errors.ts';
import { CLUSTER_USER, type Cluster } from './cluster.ts';

/** The session by which a gateway owns a server: it holds a lock that vanishes with the gateway, however that ends, and that no reused process id can feign. */
export interface OwnerSession {
  /** Resolves when the session is over, also when the server is. */
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

/** What a connection to a server's port has come to: a session; a server that is starting or stopping; or no server over this directory. */
export type Connected = { readonly kind: 'connected'; readonly client: pg.Client } | { readonly kind: 'busy' } | { readonly kind: 'elsewhere' };

/** Advisory locks are of one database: all gateways meet in `postgres`. */
const OWNER_LOCK = [0x7468726d, 100] as const;
const APPLICATION = 'thermograph gateway ';
const CONNECT_MS = 5_000;
/** The session of a gateway that was killed a moment ago is over within milliseconds; a machine under load takes longer. */
const LAST_OWNER_GOES_MS = 1_500;

/** Connects to the server at the port, if it is the one over this cluster. */
export async function connectTo(cluster: Cluster, port: number): Promise<Connected> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: CLUSTER_USER,
    password: cluster.password,
    database: 'postgres',
    application_name: APPLICATION + process.pid,
    connectionTimeoutMillis: CONNECT_MS,
    // These three keep out what the environment says about other servers.
    ssl: false,
    options: '-c TimeZone=UTC',
    statement_timeout: 0,
  });
  // What breaks a session ends it, and that is all its holder needs to know.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>("select current_setting('data_directory') as directory");
    // A copied directory has the lock file of the original in it.
    if (rows[0] !== undefined && (await realpath(rows[0].directory)) === cluster.directory) return { kind: 'connected', client };
    await client.end();
    return { kind: 'elsewhere' };
  } catch (error) {
    await client.end().catch(() => undefined);
    // 57P03: starting, recovering or shutting down; 57P01: cut off by a shutdown.
    const isBusy = error instanceof pg.DatabaseError && (error.code === '57P03' || error.code === '57P01');
    return { kind: isBusy ? 'busy' : 'elsewhere' };
  }
}

/** The process id of the gateway that started the server. */
export async function selectStarter(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ starter: string | null }>("select current_setting('thermograph.gateway', true) as starter");
  return Number(rows[0]?.starter ?? 0);
}

/** The process id of the gateway that owns the server; null where none does. */
export async function selectOwner(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ name: string }>(
    `select session.application_name as name
       from pg_locks as held
       join pg_stat_activity as session using (pid)
      where held.locktype = 'advisory' and held.granted and held.classid = $1 and held.objid = $2 and held.objsubid = 2
        and held.database = (select oid from pg_database where datname = current_database())`,
    [...OWNER_LOCK],
  );
  return rows[0] === undefined ? null : Number(rows[0].name.slice(APPLICATION.length));
}

/** Makes the session the owner of its server; throws DATA_DIRECTORY_IN_USE where another gateway's is, and stays it. */
export async function own(client: pg.Client, cluster: Cluster): Promise<OwnerSession> {
  const giveUpAt = Date.now() + LAST_OWNER_GOES_MS;
  const ended = new Promise<void>((resolve) => {
    client.once('end', resolve);
  });
  while (!(await tryLock(client))) {
    if (Date.now() > giveUpAt) {
      const owner = await selectOwner(client);
      await client.end();
      throw inUse(cluster, owner);
    }
    await sleep(50);
  }
  return { ended, end: () => client.end() };
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [...OWNER_LOCK]);
  return rows[0]?.locked === true;
}

function inUse(cluster: Cluster, owner: number | null): StoreError {
  const who = owner === null || Number.isNaN(owner) ? 'another gateway' : `another gateway, process ${owner},`;
  return new StoreError(
    'DATA_DIRECTORY_IN_USE',
    `${who} is using the data directory that ${cluster.directory} is in: stop it, set THERMOGRAPH_DATA to another directory, or set DATABASE_URL so that both use one PostgreSQL server`,
  );
}
