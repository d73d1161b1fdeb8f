import { type Instant, MICROS_PER_HOUR } from '../../db/time/instant.ts';
import type { OracleRow } from './oracle-data.ts';
import { ODD_DAYS } from './oracle-draw-range.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

/** Draws what is loaded between questions: corrections and repetitions of neighbours, or late readings, half of them around odd days. */
export function drawChange(random: Random, world: OracleWorld): OracleRow[] {
  const sensor = random.pick(world.sensors).id;
  // Humidity is derived for some: a measured value then takes its place.
  const metric = random.chance(0.05) ? 'humidity' : random.pick(world.measuredBy(sensor));
  const { times, values } = world.readingsOf(sensor, metric);
  const count = random.pick([1, 1, 3, 20, 200]);
  if (times.length > 0 && random.chance(0.5)) {
    const begin = random.whole(0, Math.max(0, times.length - count));
    return times
      .slice(begin, begin + count)
      .map((time, i) => ({ sensor, time, metrics: [metric], values: [drawValue(random, metric, values[begin + i] ?? 0)] }));
  }
  const around: Instant = times.length === 0 || random.chance(0.5) ? random.pick(ODD_DAYS) : random.pick(times);
  const template = values[random.whole(0, values.length - 1)] ?? 50;
  return Array.from({ length: count }, () => {
    const time = random.chance(0.2) ? around : around + random.whole(-36 * MICROS_PER_HOUR, 36 * MICROS_PER_HOUR);
    return { sensor, time, metrics: [metric], values: [drawValue(random, metric, template)] };
  });
}

function drawValue(random: Random, metric: string, value: number): number {
  if (random.chance(0.1)) return value;
  // A few values dwarf the others, as broken sensors' do: sums and deviations must not lose the rest.
  const scale = random.chance(0.02) && metric !== 'humidity' && metric !== 'dew_point' && metric !== 'wind_speed' && metric !== 'temperature' ? 1e6 : 1;
  const drawn = (value + random.next() - 0.5) * scale;
  return metric === 'humidity' || metric === 'wind_speed' ? Math.min(Math.max(drawn, 0), 99) : drawn;
}
