import { chooseVariables, NOTHING_KNOWN, type StoreSummary, type Variables } from './choose-variables.ts';
import analyst from './examples/analyst.graphql';
import beijingHeat from './examples/beijing-heat.graphql';
import breaches from './examples/breaches.graphql';
import engineer from './examples/engineer.graphql';
import jobs from './examples/jobs.graphql';
import machineFailure from './examples/machine-failure.graphql';
import operator from './examples/operator.graphql';
import steward from './examples/steward.graphql';
import trend from './examples/trend.graphql';
import type { Tab } from './open-tabs.ts';

/** Sensors of the bundled sample, and the examples that speak of them. */
const OF_SAMPLE = [
  { sensor: 'Aotizhongxin', name: 'BeijingHeat', query: beijingHeat },
  { sensor: 'nab-machine', name: 'MachineFailure', query: machineFailure },
];

/** The examples, each with what it asks of the store that is there; null where it could not be asked. `origin` is of this page. */
export function exampleTabs(summary: StoreSummary | null, origin: string): readonly Tab[] {
  const known = summary ?? NOTHING_KNOWN;
  const variables = chooseVariables(known, new Date());
  const remark = summary !== null && summary.store.newest === null ? howToLoad(origin) : '';
  const sensors = new Set(known.sensors.nodes.map(({ id }) => id));
  return [
    { name: 'Analyst', query: remark + analyst, variables: write(variables.Analyst) },
    { name: 'Trend', query: remark + trend, variables: write(variables.Trend) },
    { name: 'Operator', query: remark + operator, variables: write(variables.Operator) },
    { name: 'Breaches', query: remark + howToBreach(sensors) + breaches, variables: '' },
    { name: 'Engineer', query: remark + engineer, variables: write(variables.Engineer) },
    { name: 'Steward', query: remark + steward, variables: write(variables.Steward) },
    { name: 'Jobs', query: jobs, variables: write(variables.Jobs) },
    ...OF_SAMPLE.filter(({ sensor }) => sensors.has(sensor)).map(({ name, query }) => ({ name, query, variables: '' })),
  ];
}

/** One variable a line, so that the small pane shows them all. */
function write(variables: Variables): string {
  const lines = Object.entries(variables).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value).replaceAll('","', '", "')}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** What lives is silent until something happens. */
function howToBreach(sensors: ReadonlySet<string>): string {
  return sensors.has('nab-machine')
    ? `# To see some, in another terminal:
#   npx thermograph simulate --replay-sample
#
`
    : `# To see some, make a band by the mutation
# createThreshold and load a reading that is in it.
#
`;
}

function howToLoad(origin: string): string {
  return `# No readings yet. Load some, then reload the page:
#   curl --data-binary @readings.csv \\
#     -H 'content-type: text/csv' \\
#     '${origin}/ingest?register=true'
#
`;
}
