import { refreshStaleDays } from '../../db/refresh.ts';
import { upsertLocations } from '../../db/save-location.ts';
import { upsertSensorsAndPlacements } from '../../db/save-sensor.ts';
import type { Store } from '../../db/store.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE, now } from '../../db/time/instant.ts';
import { ingest } from '../../etl/ingest.ts';
import { readRecords } from '../../etl/open-input.ts';
import { catalogue, sensorIds } from '../answers/factory.ts';

/** What a store of the comparison holds: as many whole minutes before `to`, of each sensor. */
export interface History {
  readonly from: Instant;
  readonly to: Instant;
}

/** Of all series together. */
export function readingsIn({ from, to }: History): number {
  return ((to - from) / MICROS_PER_MINUTE) * sensorIds.length;
}

/** Rows that one statement writes: what is written is on disk for good, and told. */
const MINUTES_A_STATEMENT = 1440;

/**
 * Fills an empty store with one metric of 100 sensors by the minute. The first minute comes by the loading path, which makes the series; all others are made by the
 * server itself and written in the order that loads write, day by day, in each by series and time. Then the gateway's own refresher brings the rollups up to date.
 */
export async function fillHistory(store: Store, history: History, tell: (line: string) => void): Promise<void> {
  await saveCatalogue(store);
  const startedAt = performance.now();
  const since = () => `${((performance.now() - startedAt) / 1000).toFixed(0)} s`;
  await loadFirstMinute(store, history.from);
  await store.engine.makeRoom(store.writePool, monthsOf(history));
  for (let start = history.from + MICROS_PER_MINUTE; start < history.to; start += MINUTES_A_STATEMENT * MICROS_PER_MINUTE) {
    const end = Math.min(history.to, start + MINUTES_A_STATEMENT * MICROS_PER_MINUTE);
    await store.writePool.query({ text: GENERATE, values: [formatInstant(start), formatInstant(end - MICROS_PER_MINUTE)] });
  }
  tell(`wrote ${readingsIn(history).toLocaleString('en')} readings in ${since()}`);
  await store.writePool.query({ text: BRING_LATEST, values: [formatInstant(history.from), formatInstant(history.to - MICROS_PER_MINUTE)] });
  await store.writePool.query({ text: MARK, values: [formatInstant(history.from), formatInstant(history.to)] });
  await refreshStaleDays(store);
  tell(`refreshed after ${since()}`);
  if (store.engine.name === 'timescale') {
    const { rows } = await store.writePool.query<{ count: number }>({ text: COMPRESS, values: [formatInstant(now() - 30 * MICROS_PER_DAY)] });
    tell(`compressed ${rows[0]?.count ?? 0} chunks after ${since()}`);
  }
  await store.writePool.query({ text: 'vacuum (analyze)' });
  await store.writePool.query({ text: 'checkpoint' });
  tell(`vacuumed and analysed after ${since()}`);
}

/** A wave of the day and one of the year, apart for each series, and noise that is the same in every run. */
const GENERATE = `
  insert into reading (series_id, time, value)
  select series.id, minute,
         round(100 * (21 + series.id % 10 + 4 * sin(extract(epoch from minute)::float8 * pi() / 43200) + 6 * sin(extract(epoch from minute)::float8 * pi() / 15768000)
                      + (hashint8extended(extract(epoch from minute)::bigint, series.id) & 255) / 128.0)) / 100
    from series
   cross join generate_series($1::timestamptz, $2::timestamptz, interval '1 minute') as minute
   order by series.id, minute`;

/** What the loading path keeps of each series, with what was written beside it. */
const BRING_LATEST = `
  update series_latest
     set time = newest.time, value = newest.value, readings = 1 + extract(epoch from $2::timestamptz - $1::timestamptz) / 60
    from reading as newest
   where newest.series_id = series_latest.series_id and newest.time = $2::timestamptz`;

const MARK = `
  insert into stale_day (series_id, day, since)
  select series.id, (day at time zone 'UTC')::date, day
    from series
   cross join generate_series(date_trunc('day', $1::timestamptz, 'UTC'), $2::timestamptz - interval '1 minute', interval '1 day') as day
      on conflict (series_id, day) do update set generation = stale_day.generation + 1, since = least(stale_day.since, excluded.since)`;

/** As the gateway's policy would do within hours. */
const COMPRESS = `select count(compress_chunk(chunk)) as count from show_chunks('reading', older_than => $1::timestamptz) as chunk`;

async function saveCatalogue(store: Store): Promise<void> {
  await upsertLocations(store.writePool, catalogue.locations);
  await upsertSensorsAndPlacements(store.writePool, catalogue.sensors, now());
  await store.writePool.query({ text: 'update catalogue set version = version + 1' });
}

async function loadFirstMinute(store: Store, minute: Instant): Promise<void> {
  const lines = sensorIds.map((id) => `${formatInstant(minute)},${id},21\n`).join('');
  const records = readRecords(inOneBlock(`time,sensor,temperature\n${lines}`), { kind: 'csv' }, { knownMetrics: new Set(['temperature']) });
  const { loaded } = await ingest(store, records, { register: false });
  if (loaded !== sensorIds.length) throw new Error(`${sensorIds.length} readings were sent to make the series, but ${loaded} were loaded`);
}

async function* inOneBlock(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

/** The first instants of the UTC months that a history touches. */
function monthsOf({ from, to }: History): number[] {
  const months: number[] = [];
  const first = new Date(from / 1000);
  for (let month = 0; ; month += 1) {
    const start = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month) * 1000;
    if (start >= to) return months;
    months.push(start);
  }
}
