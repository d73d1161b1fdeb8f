import { describe, expect, it } from 'vitest';
import { nearestName } from '../db/nearest-name.ts';
import { ingest } from '../etl/ingest.ts';
import { useDatabase } from './support/database.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const db = useDatabase();

const reading = (sensor: string, metric: string): TestReading => ({ sensor, metric, time: '2026-01-01T00:00:00Z', value: 1 });

describe('the name that was probably meant', () => {
  it.each([
    ['temprature', 'temperature'],
    ['Humidty', 'humidity'],
    ['co', 'co2'],
    ['temp', 'temperature'],
    ['beijing', 'beijing-air'],
    ['bejing', 'beijing-air'],
  ])('of %j is %j', (given, meant) => {
    expect(nearestName(given, ['humidity', 'temperature', 'machine_temperature', 'co2', 'beijing-air'])).toBe(meant);
  });

  it.each(['', 'te', 'vibration', 'x'.repeat(200)])('is none for %j', (given) => {
    expect(nearestName(given, ['humidity', 'temperature'])).toBeNull();
  });
});

describe('a reading that is refused', () => {
  it('says of a sensor that nobody knows how it is made known', async () => {
    const { rejected } = await ingest(db.store, recordsOf([reading('stranger', 'temperature')]), { register: false });

    expect(rejected).toEqual([
      {
        index: 0,
        code: 'UNKNOWN_SENSOR',
        message:
          'sensor is "stranger", but there is no such sensor: save it with saveSensors, or have it registered by the load (--register, ?register=true, in a job mapping: { register: true })',
      },
    ]);
  });

  it('says of a metric that nobody knows which one was meant, and how a new one is made', async () => {
    const { rejected } = await ingest(db.store, recordsOf([reading('s', 'temprature'), reading('s', 'noise')]), { register: true });

    expect(rejected.map(({ message }) => message)).toEqual([
      'metric is "temprature", but there is no such metric: did you mean "temperature"? A new metric is made with saveMetrics',
      'metric is "noise", but there is no such metric: a new metric is made with saveMetrics',
    ]);
  });
});
