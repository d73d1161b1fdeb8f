import { InvalidArgumentError } from '../db/errors.ts';
import type { Store } from '../db/store.ts';
import { saveSourceCatalogue } from './save-source-catalogue.ts';
import type { SourceDefinition } from './source-definition.ts';
import { unknownMetricHint } from './unknown-metric-hint.ts';

/** Before the first load by a definition: saves its catalogue. Refuses a definition with a metric that neither the store nor its catalogue knows, rather than each of its readings. */
export async function prepareSource(store: Store, definition: SourceDefinition): Promise<void> {
  const { metrics } = await store.catalogue.current(store.writePool);
  checkMetrics(definition, new Set([...metrics.keys(), ...(definition.catalogue?.metrics ?? []).map(({ id }) => id)]));
  if (definition.catalogue !== null) await saveSourceCatalogue(store, definition.catalogue);
}

function checkMetrics({ name, readings }: SourceDefinition, known: ReadonlySet<string>): void {
  for (const [group, { metrics }] of readings.entries()) {
    for (const [at, { metric }] of metrics.entries()) {
      if (known.has(metric)) continue;
      throw new InvalidArgumentError(
        `${name}.yaml: readings[${group}].metrics[${at}].metric`,
        metric,
        `neither the store nor the definition's own catalogue has it: ${unknownMetricHint(metric, known)}, or stands under catalogue: metrics`,
      );
    }
  }
}
