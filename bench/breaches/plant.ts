/** Sensors that measure all the time. None of their values is in a band. */
export const SENSORS: readonly string[] = Array.from({ length: 10_000 }, (_, index) => `sensor-${String(index + 1).padStart(5, '0')}`);

/** The sensor whose every reading is a breach: one value enters its band, the next leaves it. */
export const PROBE = 'probe';
export const PROBE_VALUES = { outside: 20, inside: 35 } as const;

const SENSORS_PER_LOCATION = 100;
const LONG = 'a name of so many letters that the place takes a lot of room wherever it is told '.repeat(2).trim();

/** Where the probe is, by names that make long messages. */
export const longPlace = { id: PROBE, factory: `Ansan, ${LONG}`, building: `B1, ${LONG}`, area: `line 1, ${LONG}`, timezone: 'Asia/Seoul' } as const;

/** As the mutations of the gateway take it; in several, since one request is at most a mebibyte long. */
export const catalogue = {
  locations: [
    ...Array.from({ length: SENSORS.length / SENSORS_PER_LOCATION }, (_, index) => ({
      id: placeOf(index),
      factory: 'Ansan',
      building: `B${index % 4}`,
      area: `line ${index}`,
      timezone: 'Asia/Seoul',
    })),
    { id: PROBE, factory: 'Ansan', building: 'B1', area: 'line 1', timezone: 'Asia/Seoul' },
  ],
  sensors: [{ id: PROBE, location: PROBE }, ...SENSORS.map((id, index) => ({ id, location: placeOf(Math.floor(index / SENSORS_PER_LOCATION)) }))],
  thresholds: [
    { metric: 'temperature', level: 'WARNING', min: 60, max: 80 },
    { metric: 'temperature', level: 'CRITICAL', min: 80 },
    { metric: 'temperature', level: 'WARNING', min: 30, scope: { sensor: PROBE } },
  ],
} as const;

/** What a dashboard would ask for: a message of some 400 bytes. */
export const QUESTION =
  'subscription { breaches { breach { number kind time value status previous sensor { id } location { id } metric { id } message } cursor live evaluatedThrough } }';

/** The same without the names of the place. */
export const SHORT_QUESTION = QUESTION.replace(' message', '');

/** With the long place messages of some 50 kB, so that a client that reads nothing is soon full. */
export const LONG_QUESTION = `subscription { breaches { breach { number ${Array.from({ length: 95 }, (_, index) => `at${index}: location { factory building area }`).join(' ')} } cursor } }`;

function placeOf(index: number): string {
  return `A${String(index + 1).padStart(3, '0')}`;
}
