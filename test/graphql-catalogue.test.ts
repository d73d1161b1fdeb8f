import { describe, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';

const SAVE_LOCATIONS = `mutation ($locations: [LocationInput!]!) {
  saveLocations(locations: $locations) { id factory building floor area timezone latitude longitude }
}`;
const SAVE_SENSORS = `mutation ($sensors: [SensorInput!]!) { saveSensors(sensors: $sensors) { id name location { id } } }`;
const SAVE_METRICS = `mutation ($metrics: [MetricInput!]!) { saveMetrics(metrics: $metrics) { id name unit min max description } }`;
const INGEST = `mutation ($readings: [ReadingInput!]!) { ingest(readings: $readings, register: true) { loaded rejected { code message } } }`;

function reading(sensor: string, time: string, value: number) {
  return { sensor, metric: 'temperature', time, value };
}

describeEachEngine('the catalogue', (db) => {
  const plain = { id: 'L1', factory: 'Ulsan', timezone: 'Asia/Seoul' };

  describe('saving locations', () => {
    it('answers in the order given, keeps what is left out and clears what is null', async () => {
      const whole = { ...plain, building: 'B', floor: -1, area: 'press', latitude: 35.5, longitude: 129.3 };
      const both = await ask(db.store, SAVE_LOCATIONS, { locations: [whole, { ...plain, id: 'L0' }] });
      const again = await ask(db.store, SAVE_LOCATIONS, { locations: [{ ...plain, factory: 'Busan', floor: null }] });

      expect(both.saveLocations).toEqual([whole, { ...plain, id: 'L0', building: null, floor: null, area: null, latitude: null, longitude: null }]);
      expect(again.saveLocations).toEqual([{ ...whole, factory: 'Busan', floor: null }]);
    });

    it('keeps the zone in the letters of its list', async () => {
      const { saveLocations } = await ask(db.store, SAVE_LOCATIONS, { locations: [{ ...plain, id: 'L9', timezone: 'asia/SEOUL' }] });

      expect(saveLocations[0].timezone).toBe('Asia/Seoul');
    });

    it('changes nothing where the same is saved again', async () => {
      await ask(db.store, SAVE_LOCATIONS, { locations: [plain] });
      const before = await db.store.catalogue.current(db.pool);
      await ask(db.store, SAVE_LOCATIONS, { locations: [plain] });

      expect(await db.store.catalogue.current(db.pool)).toBe(before);
    });

    it.each([
      [{ timezone: 'Mars/Olympus' }, 'locations[0].timezone'],
      [{ latitude: 90.5 }, 'locations[0].latitude'],
      [{ longitude: -181 }, 'locations[0].longitude'],
      [{ id: '' }, 'locations[0].id'],
      [{ id: 'x'.repeat(201) }, 'locations[0].id'],
      [{ id: 'a\u0000b' }, 'locations[0].id'],
      [{ id: 'a\ud800' }, 'locations[0].id'],
      [{ factory: 'a\nb' }, 'locations[0].factory'],
      [{ area: '' }, 'locations[0].area'],
    ])('refuses %j by name', async (wrong, field) => {
      expect(await askForError(db.store, SAVE_LOCATIONS, { locations: [{ ...plain, ...wrong }] })).toMatchObject({ code: 'BAD_USER_INPUT', field });
    });

    it('refuses one id twice, and then saves none', async () => {
      const error = await askForError(db.store, SAVE_LOCATIONS, {
        locations: [
          { ...plain, id: 'T' },
          { ...plain, id: 'T' },
        ],
      });

      expect(error).toMatchObject({ code: 'BAD_USER_INPUT', field: 'locations[1].id', value: 'T' });
      expect(await ask(db.store, '{ location(id: "T") { id } }')).toEqual({ location: null });
    });
  });

  describe('saving metrics', () => {
    it('names a metric by its id where it has no name, and keeps what is left out', async () => {
      const first = await ask(db.store, SAVE_METRICS, { metrics: [{ id: 'co2', unit: '[ppm]', min: 0 }] });
      const second = await ask(db.store, SAVE_METRICS, { metrics: [{ id: 'co2', unit: '[ppm]', name: 'CO₂', max: 9 }] });

      expect(first.saveMetrics).toEqual([{ id: 'co2', name: 'co2', unit: '[ppm]', min: 0, max: null, description: null }]);
      expect(second.saveMetrics).toEqual([{ id: 'co2', name: 'CO₂', unit: '[ppm]', min: 0, max: 9, description: null }]);
    });

    it('leaves built-in metrics their unit, and lets their range be narrowed', async () => {
      const error = await askForError(db.store, SAVE_METRICS, { metrics: [{ id: 'temperature', unit: 'K' }] });
      const narrowed = await ask(db.store, SAVE_METRICS, { metrics: [{ id: 'temperature', unit: 'Cel', max: 500 }] });

      expect(error).toMatchObject({ code: 'BAD_USER_INPUT', field: 'metrics[0].unit', value: 'K' });
      expect(narrowed.saveMetrics).toMatchObject([{ name: 'Temperature', min: -100, max: 500 }]);
    });

    it('refuses bounds that hold nothing, also against a bound that is stored', async () => {
      expect(await askForError(db.store, SAVE_METRICS, { metrics: [{ id: 'ph', unit: '[pH]', min: 14, max: 0 }] })).toMatchObject({ field: 'metrics[0].min' });
      expect(await askForError(db.store, SAVE_METRICS, { metrics: [{ id: 'humidity', unit: '%', max: -1 }] })).toMatchObject({ field: 'metrics[0].min' });
    });
  });

  describe('saving sensors', () => {
    it('places every earlier reading of a sensor by its first placement', async () => {
      await ask(db.store, SAVE_LOCATIONS, { locations: [{ ...plain, id: 'P1' }] });
      await ask(db.store, INGEST, { readings: [reading('early', '2024-01-01T00:00:00Z', 1)] });
      const unplaced = await ask(db.store, '{ latest(sensors: ["early"]) { location { id } } }');
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'early', location: 'P1', since: '2024-06-01T00:00:00Z' }] });

      expect(unplaced.latest).toEqual([{ location: null }]);
      expect(await ask(db.store, '{ location(id: "P1") { sensors { id } latest { value location { id } } } }')).toEqual({
        location: { sensors: [{ id: 'early' }], latest: [{ value: 1, location: { id: 'P1' } }] },
      });
    });

    it('moves a sensor: what it measured stays where it was, and it is at its new place now', async () => {
      await ask(db.store, SAVE_LOCATIONS, {
        locations: [
          { ...plain, id: 'M1' },
          { ...plain, id: 'M2' },
        ],
      });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'mover', name: 'M', location: 'M1' }] });
      await ask(db.store, INGEST, { readings: [reading('mover', '2024-01-01T00:00:00Z', 1)] });
      const moved = await ask(
        db.store,
        SAVE_SENSORS,
        { sensors: [{ id: 'mover', location: 'M2', since: '2024-01-02T00:00:00Z' }] },
        { clock: () => Date.parse('2024-01-03T00:00:00Z') * 1000 },
      );
      await ask(db.store, INGEST, { readings: [reading('mover', '2024-01-03T00:00:00Z', 2)] });

      expect(moved.saveSensors).toEqual([{ id: 'mover', name: 'M', location: { id: 'M2' } }]);
      const answer = await ask(
        db.store,
        `{ sensor(id: "mover") { lastSeen latest { value } readings(metric: "temperature", from: "2024") { nodes { value location { id } } } }
           old: location(id: "M1") { sensors { id } latest { value } readings(metric: "temperature", from: "2024") { nodes { value } } } }`,
      );
      expect(answer).toEqual({
        sensor: {
          lastSeen: '2024-01-03T00:00:00Z',
          latest: [{ value: 2 }],
          readings: {
            nodes: [
              { value: 1, location: { id: 'M1' } },
              { value: 2, location: { id: 'M2' } },
            ],
          },
        },
        old: { sensors: [], latest: [], readings: { nodes: [{ value: 1 }] } },
      });
    });

    it('refuses a move at or before the newest reading and the last placement, and takes the same call twice', async () => {
      await ask(db.store, SAVE_LOCATIONS, {
        locations: [
          { ...plain, id: 'R1' },
          { ...plain, id: 'R2' },
        ],
      });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'late', location: 'R1' }] });
      await ask(db.store, INGEST, { readings: [reading('late', '2026-01-02T00:00:00Z', 1)] });
      const move = (since: string) => ({ sensors: [{ id: 'late', location: 'R2', since }] });
      const start = { sensors: [{ id: 'late', location: 'R1' }] };

      expect(await askForError(db.store, SAVE_SENSORS, move('2026-01-02T00:00:00Z'))).toMatchObject({ code: 'PLACEMENT_IN_PAST', sensor: 'late' });
      expect((await execute(db.store, SAVE_SENSORS, start)).data.saveSensors).toMatchObject([{ location: { id: 'R1' } }]);
      await ask(db.store, SAVE_SENSORS, move('2099-01-02T00:00:00Z'));
      await ask(db.store, SAVE_SENSORS, move('2099-01-02T00:00:00Z'));
      expect(await askForError(db.store, SAVE_SENSORS, { sensors: [{ id: 'late', location: 'R1', since: '2099-01-02T00:00:00Z' }] })).toMatchObject({
        code: 'PLACEMENT_IN_PAST',
      });
      const { rows } = await db.pool.query(`select location_id from placement where sensor_id = 'late' order by since`);
      expect(rows).toEqual([{ location_id: 'R1' }, { location_id: 'R2' }]);
    });

    it('dates the only placement of a sensor anew, so that a start in the future can be put right', async () => {
      await ask(db.store, SAVE_LOCATIONS, {
        locations: [
          { ...plain, id: 'F1' },
          { ...plain, id: 'F2' },
        ],
      });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'typo', location: 'F1', since: '2099-01-01T00:00:00Z' }] });
      await ask(db.store, INGEST, { readings: [reading('typo', '2024-03-01T00:00:00Z', 1)] });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'typo', location: 'F1', since: '2020-01-01T00:00:00Z' }] });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'typo', location: 'F2', since: '2024-06-01T00:00:00Z' }] });

      expect(
        await ask(db.store, '{ sensor(id: "typo") { location { id } readings(metric: "temperature", from: "2024") { nodes { location { id } } } } }'),
      ).toEqual({
        sensor: { location: { id: 'F2' }, readings: { nodes: [{ location: { id: 'F1' } }] } },
      });
      const { rows } = await db.pool.query(`select location_id, since from placement where sensor_id = 'typo' order by since`);
      expect(rows).toEqual([
        { location_id: 'F1', since: '2020-01-01T00:00:00Z' },
        { location_id: 'F2', since: '2024-06-01T00:00:00Z' },
      ]);
    });

    it('refuses another start of a move that is stored, rather than take it and leave it', async () => {
      await ask(db.store, SAVE_LOCATIONS, {
        locations: [
          { ...plain, id: 'G1' },
          { ...plain, id: 'G2' },
        ],
      });
      const at = (location: string, since: string) => ({ sensors: [{ id: 'again', location, since }] });
      await ask(db.store, SAVE_SENSORS, at('G1', '2020-01-01T00:00:00Z'));
      await ask(db.store, SAVE_SENSORS, at('G2', '2021-01-01T00:00:00Z'));
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'again', location: 'G2' }] });

      for (const since of ['2020-06-01T00:00:00Z', '2022-01-01T00:00:00Z']) {
        expect(await askForError(db.store, SAVE_SENSORS, at('G2', since))).toMatchObject({ code: 'BAD_USER_INPUT', field: 'sensors[0].since', value: since });
      }
      expect(await askForError(db.store, SAVE_SENSORS, at('G1', '2019-01-01T00:00:00Z'))).toMatchObject({ code: 'PLACEMENT_IN_PAST', sensor: 'again' });
    });

    it('is where it is by now until a move that lies ahead begins', async () => {
      await ask(db.store, SAVE_LOCATIONS, {
        locations: [
          { ...plain, id: 'N1' },
          { ...plain, id: 'N2' },
        ],
      });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'soon', location: 'N1' }] });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'soon', location: 'N2', since: '2100-01-01T00:00:00Z' }] });
      const where = '{ sensor(id: "soon") { location { id } } location(id: "N2") { sensors { id } } }';

      expect(await ask(db.store, where)).toEqual({ sensor: { location: { id: 'N1' } }, location: { sensors: [] } });
      expect(await ask(db.store, where, {}, { clock: () => Date.parse('2100-01-01T00:00:00Z') * 1000 })).toEqual({
        sensor: { location: { id: 'N2' } },
        location: { sensors: [{ id: 'soon' }] },
      });
    });

    it('keeps the name that is left out, clears the one that is null, and leaves the placement as it is', async () => {
      await ask(db.store, SAVE_LOCATIONS, { locations: [plain] });
      await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'named', name: 'N', location: 'L1' }] });

      expect((await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'named', location: null }] })).saveSensors).toEqual([
        { id: 'named', name: 'N', location: { id: 'L1' } },
      ]);
      expect((await ask(db.store, SAVE_SENSORS, { sensors: [{ id: 'named', name: null }] })).saveSensors).toEqual([
        { id: 'named', name: null, location: { id: 'L1' } },
      ]);
    });

    it('refuses an unknown location, a start without a location, and what is no instant', async () => {
      expect(await askForError(db.store, SAVE_SENSORS, { sensors: [{ id: 'x', location: 'nowhere' }] })).toMatchObject({
        code: 'NOT_FOUND',
        field: 'sensors[0].location',
      });
      expect(await askForError(db.store, SAVE_SENSORS, { sensors: [{ id: 'x', location: 'a\u0000' }] })).toMatchObject({ code: 'NOT_FOUND' });
      expect(await askForError(db.store, SAVE_SENSORS, { sensors: [{ id: 'x', since: '2024-01-01T00:00:00Z' }] })).toMatchObject({ field: 'sensors[0].since' });
      expect(await askForError(db.store, SAVE_SENSORS, { sensors: [{ id: 'x', location: 'L1', since: '2024' }] })).toMatchObject({ field: 'sensors[0].since' });
      expect(await ask(db.store, '{ sensor(id: "x") { id } }')).toEqual({ sensor: null });
    });
  });
});
