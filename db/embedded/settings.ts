import { statfs } from 'node:fs/promises';
import { LOG_LINE_PREFIX } from './server-log.ts';

/** Under this, PostgreSQL's parallel queries run out of POSIX shared memory: containers have 64 MB unless told otherwise. */
const ENOUGH_SHARED_MEMORY_BYTES = 256 * 2 ** 20;

/** The settings of PostgreSQL for one gateway on one machine, given at each start, so that a new release brings its own. */
export async function serverSettings(clusterName: string): Promise<Readonly<Record<string, string>>> {
  return {
    // Reached over loopback only, with a password. No Unix socket: its path may be 107 bytes at most, a data directory's is not bounded.
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: '100',

    // The rollups and the newest readings of a factory fit; the machine may have little more.
    shared_buffers: '256MB',
    // Loads write in bursts: fewer checkpoints, so fewer full pages in the log.
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    // An acknowledged reading is on disk.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // Nobody replicates from here, so the log need not hold what only replicas need.
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Statements are short: compiling them takes longer than it saves.
    jit: 'off',
    dynamic_shared_memory_type: await sharedMemoryType(),

    // Each part of an answer must not depend on the machine.
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',

    // To standard error, which this process reads. Errors of statements reach who sent them; their text, with the values in it, stays out of the log.
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: LOG_LINE_PREFIX,
    log_min_messages: 'warning',
    log_min_error_statement: 'panic',
    log_statement: 'none',

    cluster_name: clusterName,
    // Whose server this is, for a gateway that finds it: see claim.ts.
    'thermograph.gateway': String(process.pid),
  };
}

async function sharedMemoryType(): Promise<string> {
  if (process.platform === 'win32') return 'windows';
  if (process.platform !== 'linux') return 'posix';
  const found = await statfs('/dev/shm').catch(() => null);
  return found !== null && found.bsize * found.blocks >= ENOUGH_SHARED_MEMORY_BYTES ? 'posix' : 'sysv';
}
