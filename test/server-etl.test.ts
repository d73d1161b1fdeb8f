import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { recordRuns } from './support/etl-rows.ts';
import { EventStreamReader } from './support/event-stream.ts';
import { eventually } from './support/hand-feed.ts';
import { type RawMessage, RawSocket } from './support/raw-socket.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

const RUN = 'subscription ($id: ID!) { etlRun(id: $id) { state loaded progress steps { name finished } } }';
const SLA = 'subscription ($jobs: [ID!], $after: String) { slaMissed(jobs: $jobs, after: $after) { jobId scheduledFor cursor } }';

const openSocket = () => RawSocket.initialised(gateway.url.replace('http:', 'ws:'));
const openStream = (query: string, variables: object, headers: Record<string, string> = {}) =>
  EventStreamReader.open(`${gateway.url}?${new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString()}`, { headers });

const typesOf = (messages: readonly RawMessage[]) => messages.map(({ type }) => type);

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a frame, it says in its assertion.
function dataOf(message: RawMessage | undefined): any {
  const { payload } = (message ?? {}) as { readonly payload?: { readonly data?: unknown } };
  return payload?.data;
}

async function queuedRun(): Promise<string> {
  const [id] = await recordRuns(db, [{ job: 'ovens', state: 'QUEUED' }]);
  if (id === undefined) throw new Error('no run was queued');
  return id;
}

/** As whoever runs jobs changes a run: the notification is of the same transaction. */
async function change(id: string, set: string): Promise<void> {
  await db.pool.query(`with changed as (update etl_run set ${set} where id = ${id}) select pg_notify('thermograph_etl', '${id}')`);
}

async function missed(job: string, hour: number): Promise<void> {
  const tick = `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`;
  await db.pool.query(
    `with missed as (insert into sla_miss (job_id, scheduled_for, due_at) values ('${job}', '${tick}', '${tick}') on conflict do nothing returning id) select pg_notify('thermograph_sla', id::text) from missed`,
  );
}

/** Resolves when a subscription of all misses is told them. */
async function untilTold(told: () => number): Promise<void> {
  for (let hour = 0; told() === 0; hour += 1) {
    await missed('joined', hour % 24);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it('tells a run as it stands, its steps and changes, and completes with its last state, by socket and by event stream', async () => {
  const id = await queuedRun();
  const socket = await openSocket();
  socket.subscribe('1', RUN, { variables: { id } });
  const stream = await openStream(RUN, { id });
  await eventually(() => socket.messages.length === 1 && stream.events.length === 1, 'first states');

  await change(id, `state = 'RUNNING', progress = 0.5`);
  await eventually(() => socket.messages.length === 2 && stream.events.length === 2, 'a change of the run');
  await db.pool.query(`insert into etl_step (run_id, attempt, position, name, started_at) values (${id}, 1, 1, 'connect', now())`);
  // No notification: the look now and then finds it.
  await eventually(() => socket.messages.length === 3 && stream.events.length === 3, 'a change of its steps');
  await change(id, `state = 'SUCCEEDED', loaded = 7, progress = 1, finished_at = now()`);
  await stream.ended();
  await eventually(() => socket.messages.length === 5, 'the end');

  const states = [
    { state: 'QUEUED', loaded: 0, progress: null, steps: [] },
    { state: 'RUNNING', loaded: 0, progress: 0.5, steps: [] },
    { state: 'RUNNING', loaded: 0, progress: 0.5, steps: [{ name: 'connect', finished: false }] },
    { state: 'SUCCEEDED', loaded: 7, progress: 1, steps: [{ name: 'connect', finished: false }] },
  ];
  expect(socket.messages.slice(0, 4).map(dataOf)).toEqual(states.map((etlRun) => ({ etlRun })));
  expect(typesOf(socket.messages)).toEqual(['next', 'next', 'next', 'next', 'complete']);
  expect(stream.events.slice(0, 4).map(({ data = '' }) => JSON.parse(data).data)).toEqual(states.map((etlRun) => ({ etlRun })));
  expect(stream.events.at(-1)).toEqual({ event: 'complete', data: '' });
  socket.ws.close();
});

it('tells a run that is over once and completes, and of one that nobody has that it is not there', async () => {
  const [over = ''] = await recordRuns(db, [{ job: 'ovens', state: 'FAILED' }]);
  const socket = await openSocket();
  socket.subscribe('1', RUN, { variables: { id: over } });
  await eventually(() => socket.messages.length === 2, 'a state and the end');
  socket.subscribe('2', RUN, { variables: { id: '987654321' } });
  await eventually(() => socket.messages.length === 3, 'a refusal');

  expect(dataOf(socket.messages[0])).toMatchObject({ etlRun: { state: 'FAILED' } });
  expect(typesOf(socket.messages)).toEqual(['next', 'complete', 'error']);
  expect(socket.messages[2]).toMatchObject({ id: '2', payload: [{ extensions: { code: 'NOT_FOUND' } }] });
  socket.ws.close();
});

it('tells a run that changes a thousand times in a few frames, the last of them whole', async () => {
  const id = await queuedRun();
  const socket = await openSocket();
  socket.subscribe('1', RUN, { variables: { id } });
  await eventually(() => socket.messages.length === 1, 'the first state');

  for (let batch = 1; batch <= 1000; batch += 1) await change(id, `state = 'RUNNING', loaded = ${batch}`);
  await change(id, `state = 'SUCCEEDED', finished_at = now()`);
  await eventually(() => typesOf(socket.messages).includes('complete'), 'the end');

  // Five a second at most, and the changes take as long as the machine is busy.
  expect(socket.messages.length).toBeLessThan(500);
  expect(dataOf(socket.messages.at(-2))).toMatchObject({ etlRun: { state: 'SUCCEEDED', loaded: 1000 } });
  socket.ws.close();
});

it('goes on telling after all connections to the database were cut', async () => {
  const id = await queuedRun();
  const socket = await openSocket();
  socket.subscribe('1', RUN, { variables: { id } });
  socket.subscribe('2', SLA);
  const told = (id: string) => socket.messages.filter((message) => message.id === id).map(dataOf);
  await untilTold(() => told('2').length);
  await eventually(() => told('1').length === 1, 'the first state');

  await db.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  await change(id, `state = 'RUNNING'`);
  await missed('cut', 0);
  await gateway.line(({ msg }) => msg === 'connection that listens for jobs lost, taking another');
  await eventually(() => told('1').length === 2 && told('2').at(-1).slaMissed.jobId === 'cut', 'a state and a miss after the cut');

  expect(told('1').at(-1)).toMatchObject({ etlRun: { state: 'RUNNING' } });
  socket.ws.close();
});

it('tells each missed service level once, of the jobs that are asked for, and goes on behind a cursor', async () => {
  await missed('before', 0);
  const socket = await openSocket();
  socket.subscribe('all', SLA);
  socket.subscribe('some', SLA, { variables: { jobs: ['b'] } });
  const told = (id: string) => socket.messages.filter((message) => message.id === id).map((message) => dataOf(message).slaMissed.jobId);
  await untilTold(() => told('all').length);

  await missed('a', 1);
  await missed('b', 1);
  await missed('a', 2);
  await eventually(() => told('all').includes('b') && told('all').at(-1) === 'a', 'all misses');
  await eventually(() => told('some').length === 1, 'the misses of one');

  expect(told('all').slice(-3)).toEqual(['a', 'b', 'a']);
  expect(told('all')).not.toContain('before');
  expect(told('some')).toEqual(['b']);

  const cursor: string = dataOf(socket.messages.find((message) => message.id === 'some')).slaMissed.cursor;
  socket.subscribe('resumed', SLA, { variables: { after: cursor } });
  const stream = await openStream(SLA, {}, { 'last-event-id': cursor });
  await missed('c', 1);
  await eventually(() => told('resumed').length === 2 && stream.events.length === 2, 'what was missed, then what is new');
  expect(told('resumed')).toEqual(['a', 'c']);
  expect(stream.events.map(({ id, data = '' }) => [id === JSON.parse(data).data.slaMissed.cursor, JSON.parse(data).data.slaMissed.jobId])).toEqual([
    [true, 'a'],
    [true, 'c'],
  ]);
  stream.close();
  socket.ws.close();
});

it('refuses a cursor of something else', async () => {
  const socket = await openSocket();
  socket.subscribe('1', SLA, { variables: { after: 'nonsense' } });
  await eventually(() => socket.messages.length === 1, 'a refusal');

  expect(socket.messages[0]).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }] });
  socket.ws.close();
});
