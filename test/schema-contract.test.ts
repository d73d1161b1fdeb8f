import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../resolvers/schema.ts';

const schema = createSchema();
const contract = buildSchema(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'));

const LATER_TYPES = words(`
  AlertAction Backtest BacktestAlert`);
const LATER_FIELDS = words(`
  Alert.actions AlertState.ACKNOWLEDGED AlertState.IGNORED
  Mutation.acknowledgeAlert Mutation.ignoreAlert Mutation.resolveAlert
  Query.backtest`);
const LATER_ARGUMENTS: readonly string[] = [];

/** What the schema has beside the contract. */
const OWN = words(`
  AggregatePoint.range
  AggregatePoint.timeWeightedAvg AggregatePoint.timeWeightedAvg(maxGap)
  AggregatePoint.timeIn AggregatePoint.timeIn(maxGap) AggregatePoint.timeIn(status) AggregatePoint.timeIn(thresholdsAsOf)
  AggregateColumns.range
  AggregateColumns.percentile AggregateColumns.percentile(p)
  AggregateColumns.timeWeightedAvg AggregateColumns.timeWeightedAvg(maxGap)
  AggregateColumns.timeIn AggregateColumns.timeIn(maxGap) AggregateColumns.timeIn(status) AggregateColumns.timeIn(thresholdsAsOf)
  AggregateRow.range
  AggregateRow.percentile AggregateRow.percentile(p)
  AggregateRow.timeWeightedAvg AggregateRow.timeWeightedAvg(maxGap)
  AggregateRow.timeIn AggregateRow.timeIn(maxGap) AggregateRow.timeIn(status) AggregateRow.timeIn(thresholdsAsOf)
  AggregateSeries.timeIn AggregateSeries.timeIn(maxGap) AggregateSeries.timeIn(status) AggregateSeries.timeIn(thresholdsAsOf)
  ThresholdsAsOf ThresholdsAsOf.NOW ThresholdsAsOf.THEN
  AggregateColumns.compared AggregateColumns.filled AggregateColumns.provisional AggregatePoint.compared AggregateRow.compared AggregateRow.provisional
  Alert.kind Alert.threshold Alert.withdrawn AlertKind AlertKind.BAND AlertKind.NO_DATA Breach.measuredAt
  Location.aggregates(compare) Measured.aggregates(compare) Query.aggregateRows(compare) Query.aggregates(compare) Sensor.aggregates(compare)
  Query.alerts(levels) Query.alerts(sensors)
  Location.readings(before) Location.readings(last) Measured.readings(before) Measured.readings(last)
  Query.readings(before) Query.readings(last) Sensor.readings(before) Sensor.readings(last)
  DownsampledColumns DownsampledColumns.time DownsampledColumns.value DownsampledPoint DownsampledPoint.time DownsampledPoint.value
  DownsampledSeries DownsampledSeries.columns DownsampledSeries.metric DownsampledSeries.points DownsampledSeries.readings DownsampledSeries.sensor
  Downsampling Downsampling.LTTB Downsampling.MIN_MAX
  Query.downsample Query.downsample(from) Query.downsample(maxPoints) Query.downsample(method) Query.downsample(metrics) Query.downsample(sensors)
  Query.downsample(timezone) Query.downsample(to) Query.downsample(where)
  Sensor.downsample Sensor.downsample(from) Sensor.downsample(maxPoints) Sensor.downsample(method) Sensor.downsample(metric) Sensor.downsample(timezone)
  Sensor.downsample(to)
  Query.statistics Query.statistics(by) Query.statistics(from) Query.statistics(metrics) Query.statistics(sensors) Query.statistics(timezone)
  Query.statistics(to) Query.statistics(where) Location.statistics Location.statistics(from) Location.statistics(metric) Location.statistics(timezone)
  Location.statistics(to) Measured.statistics Measured.statistics(from) Measured.statistics(metric) Measured.statistics(timezone)
  Measured.statistics(to) Sensor.statistics Sensor.statistics(from) Sensor.statistics(metric) Sensor.statistics(timezone) Sensor.statistics(to)
  Statistics Statistics.group Statistics.metric Statistics.from Statistics.to Statistics.count Statistics.expectedCount Statistics.cadence
  Statistics.gaps Statistics.longestGap Statistics.first Statistics.firstAt Statistics.last Statistics.lastAt Statistics.min Statistics.minAt
  Statistics.max Statistics.maxAt Statistics.avg Statistics.sum Statistics.range Statistics.stddev Statistics.percentile Statistics.percentile(p)
  Statistics.timeWeightedAvg Statistics.timeWeightedAvg(maxGap) Statistics.timeIn Statistics.timeIn(maxGap) Statistics.timeIn(status)
  Statistics.timeIn(thresholdsAsOf)
  DocumentOrigin DocumentOrigin.BUNDLED DocumentOrigin.DEPLOYMENT DocumentOrigin.SAVED
  DocumentVariable DocumentVariable.default DocumentVariable.name DocumentVariable.required DocumentVariable.type
  Mutation.deleteDocument Mutation.deleteDocument(name) Mutation.saveDocument Mutation.saveDocument(name) Mutation.saveDocument(text)
  Query.document Query.document(name) Query.documents
  StoredDocument StoredDocument.columns StoredDocument.description StoredDocument.name StoredDocument.origin
  StoredDocument.problem StoredDocument.savedAt StoredDocument.text StoredDocument.variables
  EtlSourceKind EtlSourceKind.FILES EtlSourceKind.HTTP EtlSourceKind.MQTT EtlSourceKind.KAFKA EtlSourceKind.NATS EtlSourceKind.DATABASE EtlRunKind
  EtlRunKind.SCHEDULED EtlRunKind.MANUAL EtlRunKind.BACKFILL EtlRunKind.STREAM EtlJob.problem EtlJob.sourceKind EtlJob.enabled EtlJob.timezone
  EtlJob.nextRunAt EtlJob.sla EtlJob.timeout EtlJob.retries EtlJob.retryDelay EtlJob.freshness EtlJob.series EtlJob.series(first) EtlJob.series(after)
  EtlJob.lastSuccess EtlFreshness EtlFreshness.lastTime EtlFreshness.lag EtlFreshness.loadedAt EtlFreshness.readings EtlFreshness.late
  EtlFreshness.series EtlSeries EtlSeries.sensor EtlSeries.location EtlSeries.metric EtlSeries.firstTime EtlSeries.lastTime EtlSeries.lag
  EtlSeries.loadedAt EtlSeries.readings EtlSeries.late EtlSeriesConnection EtlSeriesConnection.nodes EtlSeriesConnection.edges
  EtlSeriesConnection.pageInfo EtlSeriesEdge EtlSeriesEdge.cursor EtlSeriesEdge.node EtlRun.jobId EtlRun.kind EtlRun.scheduledFor EtlRun.dryRun
  EtlRun.queuedAt EtlRun.nextAttemptAt EtlRun.host EtlRun.progress EtlRun.doneUntil EtlRun.derived EtlRun.breaches EtlRun.batches
  EtlRun.batches(first) EtlRun.batches(after) EtlRun.wouldChange EtlRun.code EtlStep.attempt EtlStep.finished EtlStep.detail EtlStep.error
  EtlWouldChange EtlWouldChange.received EtlWouldChange.loaded EtlWouldChange.corrected EtlWouldChange.unchanged EtlWouldChange.derived
  EtlWouldChange.rejected EtlWouldChange.breaches Batch Batch.id Batch.run Batch.source Batch.positionFrom Batch.positionTo Batch.committedAt
  Batch.received Batch.loaded Batch.corrected Batch.unchanged Batch.derived Batch.rejected Batch.breaches Batch.corrections Batch.corrections(first)
  Batch.corrections(after) BatchConnection BatchConnection.nodes BatchConnection.edges BatchConnection.pageInfo BatchEdge BatchEdge.cursor
  BatchEdge.node Correction Correction.sensor Correction.location Correction.metric Correction.time Correction.oldValue Correction.newValue
  Correction.oldBatch Correction.newBatch CorrectionConnection CorrectionConnection.nodes CorrectionConnection.edges CorrectionConnection.pageInfo
  CorrectionEdge CorrectionEdge.cursor CorrectionEdge.node SlaMiss SlaMiss.id SlaMiss.cursor SlaMiss.job SlaMiss.jobId SlaMiss.scheduledFor
  SlaMiss.dueAt SlaMiss.recordedAt SlaMiss.run SlaMissConnection SlaMissConnection.nodes SlaMissConnection.edges SlaMissConnection.pageInfo
  SlaMissEdge SlaMissEdge.cursor SlaMissEdge.node RejectedReading.replayable RejectedReading.format RejectedReading.source RejectedReading.runs
  Query.etlJob Query.etlJob(id) Query.batch Query.batch(id) Query.corrections Query.corrections(where) Query.corrections(sensors)
  Query.corrections(metrics) Query.corrections(first) Query.corrections(after) Query.slaMisses Query.slaMisses(jobs) Query.slaMisses(first)
  Query.slaMisses(after) Mutation.startEtlRun(timezone) Mutation.startEtlRun(dryRun) Subscription.slaMissed Subscription.slaMissed(jobs)
  Subscription.slaMissed(after) Reading.batch
  EtlWouldChange.exact EtlWouldChange.rejectedByCode EtlWouldChange.seriesChanged EtlWouldChange.series EtlWouldChange.series(first)
  EtlWouldChange.statusesChanged EtlWouldChange.statuses EtlWouldChange.breachesByKind EtlWouldChange.alerts EtlRejectedCount EtlRejectedCount.code
  EtlRejectedCount.count EtlStatusCount EtlStatusCount.status EtlStatusCount.count EtlBreachCount EtlBreachCount.kind EtlBreachCount.count
  EtlSeriesChange EtlSeriesChange.sensor EtlSeriesChange.metric EtlSeriesChange.location EtlSeriesChange.loaded EtlSeriesChange.corrected
  EtlSeriesChange.readingsBefore EtlSeriesChange.readingsAfter EtlSeriesChange.examples EtlValueChange EtlValueChange.time EtlValueChange.oldValue
  EtlValueChange.newValue EtlAlertChanges EtlAlertChanges.opened EtlAlertChanges.openedAndResolved EtlAlertChanges.resolved EtlAlertChanges.withdrawn
  EtlAlertChanges.changed`);

function words(text: string): string[] {
  return text.trim().split(/\s+/).sort();
}

/** Every element by its path, with what clients rely on: the type of a field, argument or input field, and its default. */
function elementsOf(of: GraphQLSchema): ReadonlyMap<string, { readonly description: string | null | undefined; readonly promise: string }> {
  const elements = new Map<string, { readonly description: string | null | undefined; readonly promise: string }>();
  for (const type of ownTypesOf(of)) {
    elements.set(type.name, { description: type.description, promise: type.constructor.name });
    for (const [path, element] of partsOf(type)) elements.set(`${type.name}.${path}`, element);
  }
  return elements;
}

function ownTypesOf(of: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}

function* partsOf(type: GraphQLNamedType): Generator<[string, { readonly description: string | null | undefined; readonly promise: string }]> {
  if (isEnumType(type)) for (const value of type.getValues()) yield [value.name, { description: value.description, promise: '' }];
  if (isInputObjectType(type))
    for (const field of Object.values(type.getFields())) yield [field.name, { description: field.description, promise: promiseOf(field) }];
  if (isObjectType(type) || isInterfaceType(type)) for (const field of Object.values(type.getFields())) yield* fieldParts(field);
}

function* fieldParts(
  field: GraphQLField<unknown, unknown>,
): Generator<[string, { readonly description: string | null | undefined; readonly promise: string }]> {
  yield [field.name, { description: field.description, promise: String(field.type) }];
  for (const argument of field.args) yield [`${field.name}(${argument.name})`, { description: argument.description, promise: promiseOf(argument) }];
}

function promiseOf({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  return defaultValue === undefined ? String(type) : `${String(type)} = ${JSON.stringify(defaultValue)}`;
}

/** Every path that the documentation of GraphiQL can show, with its description. */
function everythingIn(of: GraphQLSchema): (readonly [string, string | null | undefined])[] {
  const builtIn = Object.values(of.getTypeMap()).filter((type) => isSpecifiedScalarType(type));
  const directives = of
    .getDirectives()
    .flatMap(({ name, description, args }) => [
      [`@${name}`, description] as const,
      ...args.map((argument) => [`@${name}(${argument.name})`, argument.description] as const),
    ]);
  const own = [...elementsOf(of)].map(([path, { description }]) => [path, description] as const);
  return [['schema', of.description], ...own, ...builtIn.map(({ name, description }) => [name, description] as const), ...directives];
}

/** A field of an object that can be null; what is given in may be left out, and says so by its type. */
function isNullableResult(path: string, promise: string): boolean {
  const type = schema.getType(path.split('.', 1)[0] ?? '');
  return /\.\w+$/.test(path) && (isObjectType(type) || isInterfaceType(type)) && !promise.endsWith('!');
}

describe('the schema', () => {
  it('describes itself and every type, field, argument, enum value, input field, directive and argument of a directive, in sentences', () => {
    const all = everythingIn(schema);
    const silent = all.filter(([, description]) => !/^[^\s].*[.|!]$/su.test(description ?? '')).map(([path, description]) => `${path}: ${description}`);

    // One of each kind, so that none is forgotten in silence.
    expect(all.map(([path]) => path)).toEqual(
      expect.arrayContaining([
        'schema',
        'Reading',
        'Reading.status',
        'Query.latest(where)',
        'Status.NO_DATA',
        'LocationInput.id',
        'Float',
        '@skip',
        '@skip(if)',
      ]),
    );
    expect(silent).toEqual([]);
  });

  it('says of every value that can be null what that means', () => {
    const unsaid = [...elementsOf(schema)].filter(([path, { description, promise }]) => isNullableResult(path, promise) && !/\bnull\b/.test(description ?? ''));

    expect(unsaid.map(([path]) => path)).toEqual([]);
  });

  it('has everything that the contract names as the contract has it', () => {
    const promised = elementsOf(contract);
    const different = [...elementsOf(schema)].flatMap(([path, { promise }]) => {
      const expected = promised.get(path)?.promise;
      return expected === undefined || expected === promise ? [] : [`${path} is ${promise}, promised is ${expected}`];
    });

    expect(different).toEqual([]);
  });

  it('adds nothing to the contract by another name', () => {
    const promised = elementsOf(contract);
    const added = [...elementsOf(schema).keys()].filter((path) => !promised.has(path));

    expect(added.sort()).toEqual(OWN);
  });

  it('leaves out only what is not built yet', () => {
    const built = elementsOf(schema);
    const isNamed = (path: string) => /^[^.(]+$/.test(path);
    const missingTypes = [...elementsOf(contract).keys()].filter((path) => isNamed(path) && !built.has(path));
    const missingParts = [...elementsOf(contract).keys()].filter((path) => {
      const type = path.split('.', 1)[0] ?? '';
      return !isNamed(path) && built.has(type) && !built.has(path);
    });

    expect(missingTypes.sort()).toEqual(LATER_TYPES);
    expect(missingParts.filter((path) => !path.includes('(')).sort()).toEqual(LATER_FIELDS);
    const missingArguments = missingParts.filter((path) => path.includes('(') && built.has(path.replace(/\(.*/, '')));
    expect(missingArguments.sort()).toEqual(LATER_ARGUMENTS);
  });

  it('prints as the last reviewed one', async () => {
    await expect(printSchema(lexicographicSortSchema(schema))).toMatchFileSnapshot('__snapshots__/schema.graphql');
  });
});
