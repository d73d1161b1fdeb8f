import { expect } from 'vitest';
import { saveLocations, saveSensors } from '../../alerts/change-places.ts';
import { createThreshold, updateThreshold } from '../../alerts/change-threshold.ts';
import { saveMetrics } from '../../db/save-metric.ts';
import type { Store } from '../../db/store.ts';
import { type Instant, now } from '../../db/time/instant.ts';
import { ingest } from '../../etl/ingest.ts';
import type { RawRecord } from '../../etl/record.ts';
import { writeInstant } from './oracle-answer.ts';
import { BUILT_IN_METRICS, type OracleData, type OracleRow } from './oracle-data.ts';
import type { DrawnThreshold } from './oracle-thresholds.ts';
import type { OracleWorld } from './oracle-world.ts';

/** A store and what should be in it: what is written goes to both. */
export interface OracleStore {
  readonly world: OracleWorld;
  /** Loads rows, whose counts must be those of the world. */
  readonly write: (rows: readonly OracleRow[]) => Promise<void>;
  /** Saves a threshold at an instant, or another version of one. */
  readonly saveThreshold: (threshold: DrawnThreshold, replaced: DrawnThreshold | null, at: Instant) => Promise<void>;
}

/** Registers places, devices and metrics, and loads all rows. */
export async function fillStore(store: Store, world: OracleWorld, sets: readonly OracleData[]): Promise<OracleStore> {
  await register(store, sets);
  const ids = new Map<DrawnThreshold, string>();
  const write = async (rows: readonly OracleRow[]) => {
    const { loaded, corrected, unchanged, rejected } = await ingest(store, recordsOf(rows), { register: false });
    expect({ loaded, corrected, unchanged, rejected }).toEqual({ ...world.write(rows), rejected: [] });
  };
  for (const { rows } of sets) await write(rows);
  return {
    world,
    write,
    saveThreshold: async (threshold, replaced, at) => {
      const known = replaced === null ? undefined : ids.get(replaced);
      if (known === undefined) ids.set(threshold, await createThreshold(store.writePool, inputOf(threshold), at));
      else {
        await updateThreshold(store.writePool, known, inputOf(threshold), at);
        ids.set(threshold, known);
      }
      world.saveThreshold(threshold, replaced, at);
    },
  };
}

function inputOf({ noDataAfter, effectiveFrom, effectiveTo, ...same }: DrawnThreshold): Parameters<typeof createThreshold>[1] {
  return {
    ...same,
    ...(noDataAfter === null ? {} : { noDataAfter: `PT${noDataAfter / 1e6}S` }),
    ...(effectiveFrom === null ? {} : { effectiveFrom: writeInstant(effectiveFrom) }),
    ...(effectiveTo === null ? {} : { effectiveTo: writeInstant(effectiveTo) }),
  };
}

async function register(store: Store, sets: readonly OracleData[]): Promise<void> {
  const builtIn = new Set<string>(BUILT_IN_METRICS);
  const metrics = new Set(sets.flatMap(({ rows }) => rows.flatMap((row) => row.metrics)).filter((metric) => !builtIn.has(metric)));
  await saveMetrics(
    store.writePool,
    [...metrics].map((id) => ({ id, unit: '1' })),
  );
  for (const { locations, sensors } of sets) {
    await saveLocations(store.writePool, [...locations]);
    await saveSensors(
      store.writePool,
      sensors.filter(({ placements }) => placements.length === 0).map(({ id }) => ({ id })),
      now(),
    );
    // One placement after the other, as a move is a change of its own.
    for (const turn of [0, 1]) {
      const moves = sensors.flatMap(({ id, placements }) => {
        const placement = placements[turn];
        return placement === undefined ? [] : [{ id, location: placement.location, since: writeInstant(placement.since) }];
      });
      await saveSensors(store.writePool, moves, now());
    }
  }
}

async function* recordsOf(rows: readonly OracleRow[]): AsyncGenerator<readonly RawRecord[]> {
  const chunk = 1000;
  for (let start = 0; start < rows.length; start += chunk) {
    yield rows.slice(start, start + chunk).map((row, i) => ({ ...row, index: start + i, timeText: writeInstant(row.time), texts: row.values.map(String) }));
  }
}
