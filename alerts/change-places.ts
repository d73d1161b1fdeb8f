import type { Pool } from '../db/pool.ts';
import { checkLocations, type LocationInput, upsertLocations } from '../db/save-location.ts';
import { checkSensors, type SensorInput, upsertSensorsAndPlacements } from '../db/save-sensor.ts';
import { type Instant, now } from '../db/time/instant.ts';
import { changeAndJudge } from './judging/change-and-judge.ts';

/**
 * Registers locations and changes known ones, all or none. Saving the same again changes nothing. A place that is given another factory, building, floor or
 * area comes under other thresholds: its present is judged by these.
 */
export async function saveLocations(pool: Pool, inputs: readonly LocationInput[], present: Instant = now(), lateAfter?: number): Promise<void> {
  checkLocations(inputs);
  if (inputs.length === 0) return;
  await changeAndJudge(pool, { present, lateAfter }, async (client) => {
    const changed = await upsertLocations(client, inputs);
    return { result: undefined, changed, touched: ({ seriesByLocation }) => inputs.flatMap(({ id }) => seriesByLocation.get(id) ?? []) };
  });
}

/** Registers sensors, changes known ones and moves them, all or none. Saving the same again changes nothing. What is open at the place that a sensor leaves is over. */
export async function saveSensors(pool: Pool, inputs: readonly SensorInput[], present: Instant, lateAfter?: number): Promise<void> {
  checkSensors(inputs);
  if (inputs.length === 0) return;
  await changeAndJudge(pool, { present, lateAfter }, async (client) => {
    const { changed, placed } = await upsertSensorsAndPlacements(client, inputs, present);
    return { result: undefined, changed, touched: ({ seriesBySensor }) => placed.flatMap((id) => seriesBySensor.get(id) ?? []) };
  });
}
