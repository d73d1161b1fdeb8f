import { isDeepStrictEqual } from 'node:util';
import type { Entrant } from './compete.ts';
import { DAY_MS, DAYS, FIRST_DAY, sensorIds } from './factory.ts';
import { ask } from './measure.ts';
import { variableSets } from './questions.ts';

/** Corrects the newest reading of a sensor through `gatewayUrl` and puts it back: throws where a wall, asked right after, does not show it. So nobody answers with what was. */
export async function checkFreshness(entrants: readonly Entrant[], gatewayUrl: string): Promise<void> {
  const time = new Date(FIRST_DAY + DAYS * DAY_MS - 60_000).toISOString();
  const [sensor = ''] = sensorIds;
  const before = await walls(entrants);
  const { value } = newestOf(before[0], sensor);
  await correct(gatewayUrl, { sensor, metric: 'co2', time, value: value + 1 });
  const after = await walls(entrants);
  await correct(gatewayUrl, { sensor, metric: 'co2', time, value });
  for (const [index, wall] of after.entries()) {
    if (newestOf(wall, sensor).value !== value + 1)
      throw new Error(`${entrants[index]?.contestant.name} does not show a reading that was corrected before it was asked`);
  }
  if (!isDeepStrictEqual(await walls(entrants), before)) throw new Error('the walls are not what they were before');
}

function walls(entrants: readonly Entrant[]): Promise<unknown[]> {
  return Promise.all(
    entrants.map(async ({ server, contestant }) => {
      const [variables] = variableSets.wall;
      if (variables === undefined) throw new Error('there is no wall to ask for');
      return contestant.normalise('wall', (await ask(server, contestant, 'wall', variables)).data);
    }),
  );
}

interface Wall {
  readonly locations: { readonly nodes: readonly { readonly latest: readonly { sensor: { id: string }; metric: { id: string }; value: number }[] }[] };
}

function newestOf(wall: unknown, sensor: string): { readonly value: number } {
  const found = (wall as Wall).locations.nodes.flatMap(({ latest }) => latest).find((reading) => reading.sensor.id === sensor && reading.metric.id === 'co2');
  if (found === undefined) throw new Error(`the wall does not show ${sensor}`);
  return found;
}

async function correct(gatewayUrl: string, reading: object): Promise<void> {
  const answer = await fetch(`${gatewayUrl}/ingest`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([reading]) });
  const outcome = (await answer.json()) as { corrected?: number };
  if (outcome.corrected !== 1) throw new Error(`a correction was sent, but the answer is ${JSON.stringify(outcome)}`);
}
