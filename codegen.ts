import type { CodegenConfig } from '@graphql-codegen/cli';

/** Resolver types from the SDL. What a parent is stands in `mappers`; a scalar without a type of its own is an error. */
const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  generates: {
    'resolvers/types.generated.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        contextType: './context.ts#GraphQLContext',
        useTypeImports: true,
        enumsAsTypes: true,
        immutableTypes: true,
        strictScalars: true,
        defaultScalarType: 'unknown',
        importExtension: '.ts',
        emitLegacyCommonJSImports: false,
        scalars: {
          ID: 'string',
          // A number as PostgreSQL writes it goes through as text: Float takes a text that is a number.
          Float: { input: 'number', output: 'number | string' },
          DateTime: { input: 'string', output: 'string | number' },
          TimeBound: 'string',
          Duration: 'string',
          TimeZone: 'string',
        },
        mappers: {
          Location: '../db/catalogue.ts#LocationRow as LocationParent',
          Sensor: '../db/catalogue.ts#SensorRow as SensorParent',
          Metric: '../db/catalogue.ts#MetricRow as MetricParent',
          Threshold: '../db/catalogue.ts#ThresholdRow as ThresholdParent',
          ThresholdScope: '../db/catalogue.ts#ThresholdScope as ThresholdScopeParent',
          Reading: '../loaders/latest.ts#ReadingNode as ReadingParent',
          AggregateSeries: '../loaders/aggregates.ts#AggregateNode as AggregateParent',
          AggregateColumns: '../loaders/aggregates.ts#AggregateNode as AggregateParent',
          Plan: '../loaders/aggregates.ts#AggregateNode as AggregateParent',
          AggregatePoint: '../loaders/aggregates.ts#AggregatePointNode as PointParent',
          AggregateRow: '../loaders/aggregates.ts#AggregatePointNode as PointParent',
          DownsampledSeries: '../loaders/downsample.ts#DownsampledNode as DownsampledParent',
          DownsampledColumns: '../loaders/downsample.ts#DownsampledNode as DownsampledParent',
          Statistics: '../loaders/statistics.ts#StatisticsNode as StatisticsParent',
          Group: '../alerts/status.ts#Subject as GroupParent',
          Breach: '../db/breach.ts#BreachRow as BreachParent',
          Alert: '../db/alert.ts#AlertRow as AlertParent',
          AlertConnection: '../loaders/alerts.ts#AlertPage as AlertPageParent',
          RejectedReading: '../db/rejected-reading.ts#RejectedReadingRow as RejectedReadingParent',
          RejectedReadingConnection: '../loaders/loaders.ts#RejectedReadingPage as RejectedReadingPageParent',
          EtlJob: './etl-path.ts#JobView as EtlJobParent',
          EtlFreshness: '../loaders/job-freshness.ts#JobFreshness as EtlFreshnessParent',
          EtlSeries: '../db/etl/series-page.ts#JobSeriesRow as EtlSeriesParent',
          EtlRun: '../db/etl/run-page.ts#RunRow as EtlRunParent',
          EtlStep: '../db/etl/steps-of-runs.ts#ToldStep as EtlStepParent',
          EtlWouldChange: '../db/etl/would-change.ts#WouldChange as EtlWouldChangeParent',
          EtlSeriesChange: '../db/etl/would-change.ts#SeriesChange as EtlSeriesChangeParent',
          Batch: '../db/etl/batch.ts#BatchRow as BatchParent',
          Correction: '../db/etl/correction.ts#CorrectionRow as CorrectionParent',
          SlaMiss: '../db/etl/sla-miss-page.ts#SlaMissRow as SlaMissParent',
          StoredDocument: './document-library.ts#DocumentView as DocumentParent',
          Store: '../db/store-stats.ts#StoreStats as StoreParent',
        },
      },
    },
  },
};

// The generator's command line reads the default export.
export default config;
