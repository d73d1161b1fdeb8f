import type { QuestionName } from './questions.ts';

interface Wall {
  readonly allLocations: { readonly nodes: readonly WallLocation[] };
}

interface WallLocation {
  readonly rowId: string;
  readonly seriesByLocationId: { readonly nodes: readonly WallSeries[] };
}

interface WallSeries {
  readonly sensorId: string;
  readonly metricId: string;
  readonly seriesLatestBySeriesId: object;
}

interface Points {
  readonly hourly: { readonly nodes: readonly object[] };
}

interface Day {
  readonly sensorByRowId: { readonly seriesBySensorId: { readonly nodes: readonly Points[] } };
}

interface Wide {
  readonly peerSeriesOf: { readonly nodes: readonly (Points & { readonly sensorId: string })[] };
}

/** An answer of PostGraphile under Thermograph's names: fields are renamed and lists unpacked, values stay as they are. */
export function fromPostgraphile(question: QuestionName, data: unknown): unknown {
  switch (question) {
    case 'wall':
      return { locations: { nodes: (data as Wall).allLocations.nodes.map(locationOf) } };
    case 'day': {
      const points = (data as Day).sensorByRowId.seriesBySensorId.nodes.flatMap(({ hourly }) => hourly.nodes);
      return { sensor: { aggregates: { points } } };
    }
    default:
      return { sensors: { nodes: (data as Wide).peerSeriesOf.nodes.map(({ sensorId, hourly }) => ({ id: sensorId, aggregates: { points: hourly.nodes } })) } };
  }
}

function locationOf({ rowId, seriesByLocationId, ...rest }: WallLocation): unknown {
  const latest = seriesByLocationId.nodes.map(({ sensorId, metricId, seriesLatestBySeriesId }) => ({
    sensor: { id: sensorId },
    metric: { id: metricId },
    ...seriesLatestBySeriesId,
  }));
  return { id: rowId, ...rest, latest };
}
