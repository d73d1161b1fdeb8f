import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { LocationRow as LocationParent, SensorRow as SensorParent, MetricRow as MetricParent, ThresholdRow as ThresholdParent, ThresholdScope as ThresholdScopeParent } from '../db/catalogue.ts';
import type { ReadingNode as ReadingParent } from '../loaders/latest.ts';
import type { AggregateNode as AggregateParent, AggregatePointNode as PointParent } from '../loaders/aggregates.ts';
import type { DownsampledNode as DownsampledParent } from '../loaders/downsample.ts';
import type { StatisticsNode as StatisticsParent } from '../loaders/statistics.ts';
import type { Subject as GroupParent } from '../alerts/status.ts';
import type { BreachRow as BreachParent } from '../db/breach.ts';
import type { AlertRow as AlertParent } from '../db/alert.ts';
import type { AlertPage as AlertPageParent } from '../loaders/alerts.ts';
import type { RejectedReadingRow as RejectedReadingParent } from '../db/rejected-reading.ts';
import type { RejectedReadingPage as RejectedReadingPageParent } from '../loaders/loaders.ts';
import type { JobView as EtlJobParent } from './etl-path.ts';
import type { JobFreshness as EtlFreshnessParent } from '../loaders/job-freshness.ts';
import type { JobSeriesRow as EtlSeriesParent } from '../db/etl/series-page.ts';
import type { RunRow as EtlRunParent } from '../db/etl/run-page.ts';
import type { ToldStep as EtlStepParent } from '../db/etl/steps-of-runs.ts';
import type { WouldChange as EtlWouldChangeParent, SeriesChange as EtlSeriesChangeParent } from '../db/etl/would-change.ts';
import type { BatchRow as BatchParent } from '../db/etl/batch.ts';
import type { CorrectionRow as CorrectionParent } from '../db/etl/correction.ts';
import type { SlaMissRow as SlaMissParent } from '../db/etl/sla-miss-page.ts';
import type { DocumentView as DocumentParent } from './document-library.ts';
import type { StoreStats as StoreParent } from '../db/store-stats.ts';
import type { GraphQLContext } from './context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number | string; }
  /**
   * An instant: RFC 3339 text with an offset, such as `2024-03-01T09:00:00+09:00`, or digits as in TimeBound: 9 to 11 are seconds since 1970, 12 or more milliseconds, as a text or a number.
   * On output always UTC with a Z, with a fraction only where there is one.
   */
  DateTime: { input: string; output: string | number; }
  /** A length of time: ISO 8601 (`PT15M`, `P1D`, `P1M`) or short (`30s`, `15m`, `1h`, `1d`, `1w`, `1mo`, `3mo`, `1y`). On output ISO 8601. */
  Duration: { input: string; output: string; }
  /**
   * A bound of a stretch of time:
   *
   * * RFC 3339 text with an offset, such as `2024-03-01T09:00:00+09:00`;
   * * digits: 4, 6 or 8 name a calendar period (`2024`, `202403`, `20240301`, also `2024-03` and `2024-03-01`) in the query's zone, 9 to 11 are seconds since 1970, 12 or more milliseconds, as a text, as a number of any size, or with a fraction;
   * * relative to the present: `now`, `now-24h`, `now-7d` (calendar days in the query's zone).
   *
   * As `from` a period means its start, as `to` its end. `to` is exclusive and defaults to now.
   */
  TimeBound: { input: string; output: string; }
  /** The IANA name of a time zone, such as `Asia/Seoul`. */
  TimeZone: { input: string; output: string; }
};

/** The points of a series as parallel arrays. */
export type AggregateColumns = {
  readonly __typename?: 'AggregateColumns';
  /** The average of all values, in the metric's unit: each reading counts once, also in groups of several sensors. */
  readonly avg: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The same buckets one period earlier, position by position: count 0 and null where that bucket has no readings and nothing is filled in. Null where `compare` was not given, and in what is compared itself. */
  readonly compared?: Maybe<AggregateColumns>;
  /** How many readings the bucket has within the range asked for. */
  readonly count: ReadonlyArray<Scalars['Int']['output']>;
  /** The ends of the whole buckets, exclusive. */
  readonly end: ReadonlyArray<Scalars['DateTime']['output']>;
  /** Whether the bucket has no reading of its own inside the range asked for, so that its values, if any, are filled in. */
  readonly filled: ReadonlyArray<Scalars['Boolean']['output']>;
  /** The earliest value, in the metric's unit; of several at one instant that of the first sensor by id. */
  readonly first: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The latest value, in the metric's unit; of several at one instant that of the last sensor by id. */
  readonly last: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The greatest value, in the metric's unit. */
  readonly max: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The least value, in the metric's unit. */
  readonly min: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The value at or below which a share of the readings lies, in the metric's unit, exact: all readings of the bucket in order, between two of them on the straight line. */
  readonly percentile: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** Whether the bucket has not ended yet, so that further readings are to be expected. Late readings can change any bucket. */
  readonly provisional: ReadonlyArray<Scalars['Boolean']['output']>;
  /** The greatest value less the least, in the metric's unit. */
  readonly range: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The starts of the whole buckets. */
  readonly start: ReadonlyArray<Scalars['DateTime']['output']>;
  /** By the thresholds in force at the bucket's start whose scope holds the whole group; null where there is none. */
  readonly status: ReadonlyArray<Maybe<Status>>;
  /** The standard deviation of the sample, in the metric's unit; null below two readings. */
  readonly stddev: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The sum of all values, in the metric's unit. */
  readonly sum: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** For how many seconds the values were in a status, summed over the series of the group. A value holds until the next reading of its sensor or until this is moved, at most `maxGap`; NO_DATA counts from where a reading is older than `noDataAfter` of the thresholds that decide, however long ago it was, and a value that still holds counts as what is worse. Time without a value that holds counts in no status, nor does time before a sensor began there or after it was moved away, nor time after now or without a threshold in force. */
  readonly timeIn: ReadonlyArray<Scalars['Float']['output']>;
  /** The average of the values over time, in the metric's unit: each holds until the next reading of its sensor or until this is moved, at most `maxGap`, so a value counts by how long it held and not by how often it was read. Values from before the bucket count as far as they hold in it, the future does not. null where nothing is held. */
  readonly timeWeightedAvg: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
};


/** The points of a series as parallel arrays. */
export type AggregateColumnsPercentileArgs = {
  p: Scalars['Float']['input'];
};


/** The points of a series as parallel arrays. */
export type AggregateColumnsStatusArgs = {
  of?: StatusOf;
};


/** The points of a series as parallel arrays. */
export type AggregateColumnsTimeInArgs = {
  maxGap?: Scalars['Duration']['input'];
  status: Status;
  thresholdsAsOf?: ThresholdsAsOf;
};


/** The points of a series as parallel arrays. */
export type AggregateColumnsTimeWeightedAvgArgs = {
  maxGap?: Scalars['Duration']['input'];
};

/** One bucket of one group and metric. */
export type AggregatePoint = {
  readonly __typename?: 'AggregatePoint';
  /** The average of all values, in the metric's unit: each reading counts once, also in groups of several sensors; null only in a bucket without readings. */
  readonly avg?: Maybe<Scalars['Float']['output']>;
  /** The same bucket one period earlier, with its own start and end; null where `compare` was not given, where that bucket has no readings and nothing is filled in, and in what is compared itself. */
  readonly compared?: Maybe<AggregatePoint>;
  /** How many readings the bucket has within the range asked for. */
  readonly count: Scalars['Int']['output'];
  /** The end of the whole bucket, exclusive. */
  readonly end: Scalars['DateTime']['output'];
  /** Whether the bucket has no reading of its own inside the range asked for, so that its values, if any, are filled in. */
  readonly filled: Scalars['Boolean']['output'];
  /** The earliest value, in the metric's unit; of several at one instant that of the first sensor by id; null only in a bucket without readings. */
  readonly first?: Maybe<Scalars['Float']['output']>;
  /** The latest value, in the metric's unit; of several at one instant that of the last sensor by id; null only in a bucket without readings. */
  readonly last?: Maybe<Scalars['Float']['output']>;
  /** The greatest value, in the metric's unit; null only in a bucket without readings. */
  readonly max?: Maybe<Scalars['Float']['output']>;
  /** The least value, in the metric's unit; null only in a bucket without readings. */
  readonly min?: Maybe<Scalars['Float']['output']>;
  /** The value at or below which a share of the readings lies, in the metric's unit, exact: all readings of the bucket in order, between two of them on the straight line. It is computed from readings, so a question that shows one reads them all, which has a limit. null only in a bucket without readings. */
  readonly percentile?: Maybe<Scalars['Float']['output']>;
  /** Whether the bucket has not ended yet, so that further readings are to be expected. Late readings can change any bucket. */
  readonly provisional: Scalars['Boolean']['output'];
  /** The greatest value less the least, in the metric's unit; null only in a bucket without readings. */
  readonly range?: Maybe<Scalars['Float']['output']>;
  /** The start of the whole bucket, also where only a part of it was asked for. */
  readonly start: Scalars['DateTime']['output'];
  /** By the thresholds in force at the bucket's start whose scope holds the whole group; null where there is none. */
  readonly status?: Maybe<Status>;
  /** The standard deviation of the sample, in the metric's unit; null below two readings. */
  readonly stddev?: Maybe<Scalars['Float']['output']>;
  /** The sum of all values, in the metric's unit; null only in a bucket without readings. */
  readonly sum?: Maybe<Scalars['Float']['output']>;
  /** For how many seconds the values were in a status, summed over the series of the group. A value holds until the next reading of its sensor or until this is moved, at most `maxGap`; NO_DATA counts from where a reading is older than `noDataAfter` of the thresholds that decide, however long ago it was, and a value that still holds counts as what is worse. Time without a value that holds counts in no status, nor does time before a sensor began there or after it was moved away, nor time after now or without a threshold in force. */
  readonly timeIn: Scalars['Float']['output'];
  /** The average of the values over time, in the metric's unit: each holds until the next reading of its sensor or until this is moved, at most `maxGap`, so a value counts by how long it held and not by how often it was read. Values from before the bucket count as far as they hold in it, the future does not. Also of buckets without readings; null where nothing is held. */
  readonly timeWeightedAvg?: Maybe<Scalars['Float']['output']>;
};


/** One bucket of one group and metric. */
export type AggregatePointPercentileArgs = {
  p: Scalars['Float']['input'];
};


/** One bucket of one group and metric. */
export type AggregatePointStatusArgs = {
  of?: StatusOf;
};


/** One bucket of one group and metric. */
export type AggregatePointTimeInArgs = {
  maxGap?: Scalars['Duration']['input'];
  status: Status;
  thresholdsAsOf?: ThresholdsAsOf;
};


/** One bucket of one group and metric. */
export type AggregatePointTimeWeightedAvgArgs = {
  maxGap?: Scalars['Duration']['input'];
};

/** One bucket of one group and metric, flat. */
export type AggregateRow = {
  readonly __typename?: 'AggregateRow';
  /** The name of the group's area; null for wider groups, and where there is none. */
  readonly area?: Maybe<Scalars['String']['output']>;
  /** The average of all values, in the metric's unit: each reading counts once, also in groups of several sensors; null only in a bucket without readings. */
  readonly avg?: Maybe<Scalars['Float']['output']>;
  /** The name of the group's building; null for wider groups, and where there is none. */
  readonly building?: Maybe<Scalars['String']['output']>;
  /** The same bucket one period earlier, with its own start and end; null where `compare` was not given, where that bucket has no readings and nothing is filled in, and in what is compared itself. */
  readonly compared?: Maybe<AggregateRow>;
  /** How many readings the bucket has within the range asked for. */
  readonly count: Scalars['Int']['output'];
  /** The end of the whole bucket, exclusive. */
  readonly end: Scalars['DateTime']['output'];
  /** The name of the group's factory; null for ALL, and for sensors that were never placed. */
  readonly factory?: Maybe<Scalars['String']['output']>;
  /** Whether the bucket has no reading of its own inside the range asked for, so that its values, if any, are filled in. */
  readonly filled: Scalars['Boolean']['output'];
  /** The earliest value, in the metric's unit; of several at one instant that of the first sensor by id; null only in a bucket without readings. */
  readonly first?: Maybe<Scalars['Float']['output']>;
  /** The number of the group's floor; null for wider groups, and where there is none. */
  readonly floor?: Maybe<Scalars['Int']['output']>;
  /** The latest value, in the metric's unit; of several at one instant that of the last sensor by id; null only in a bucket without readings. */
  readonly last?: Maybe<Scalars['Float']['output']>;
  /** The id of the group's location; null for wider groups, for a sensor that was moved and for one that was never placed. */
  readonly location?: Maybe<Scalars['ID']['output']>;
  /** The greatest value, in the metric's unit; null only in a bucket without readings. */
  readonly max?: Maybe<Scalars['Float']['output']>;
  /** The id of what was measured. */
  readonly metric: Scalars['ID']['output'];
  /** The least value, in the metric's unit; null only in a bucket without readings. */
  readonly min?: Maybe<Scalars['Float']['output']>;
  /** The value at or below which a share of the readings lies, in the metric's unit, exact: all readings of the bucket in order, between two of them on the straight line. It is computed from readings, so a question that shows one reads them all, which has a limit. null only in a bucket without readings. */
  readonly percentile?: Maybe<Scalars['Float']['output']>;
  /** Whether the bucket has not ended yet, so that further readings are to be expected. Late readings can change any bucket. */
  readonly provisional: Scalars['Boolean']['output'];
  /** The greatest value less the least, in the metric's unit; null only in a bucket without readings. */
  readonly range?: Maybe<Scalars['Float']['output']>;
  /** The id of the group's sensor; null for all groups but SENSOR. */
  readonly sensor?: Maybe<Scalars['ID']['output']>;
  /** The start of the whole bucket, also where only a part of it was asked for. */
  readonly start: Scalars['DateTime']['output'];
  /** By the thresholds in force at the bucket's start whose scope holds the whole group; null where there is none. */
  readonly status?: Maybe<Status>;
  /** The standard deviation of the sample, in the metric's unit; null below two readings. */
  readonly stddev?: Maybe<Scalars['Float']['output']>;
  /** The sum of all values, in the metric's unit; null only in a bucket without readings. */
  readonly sum?: Maybe<Scalars['Float']['output']>;
  /** For how many seconds the values were in a status, summed over the series of the group. A value holds until the next reading of its sensor or until this is moved, at most `maxGap`; NO_DATA counts from where a reading is older than `noDataAfter` of the thresholds that decide, however long ago it was, and a value that still holds counts as what is worse. Time without a value that holds counts in no status, nor does time before a sensor began there or after it was moved away, nor time after now or without a threshold in force. */
  readonly timeIn: Scalars['Float']['output'];
  /** The average of the values over time, in the metric's unit: each holds until the next reading of its sensor or until this is moved, at most `maxGap`, so a value counts by how long it held and not by how often it was read. Values from before the bucket count as far as they hold in it, the future does not. Also of buckets without readings; null where nothing is held. */
  readonly timeWeightedAvg?: Maybe<Scalars['Float']['output']>;
  /** The unit of what was measured, in UCUM notation. */
  readonly unit: Scalars['String']['output'];
};


/** One bucket of one group and metric, flat. */
export type AggregateRowPercentileArgs = {
  p: Scalars['Float']['input'];
};


/** One bucket of one group and metric, flat. */
export type AggregateRowStatusArgs = {
  of?: StatusOf;
};


/** One bucket of one group and metric, flat. */
export type AggregateRowTimeInArgs = {
  maxGap?: Scalars['Duration']['input'];
  status: Status;
  thresholdsAsOf?: ThresholdsAsOf;
};


/** One bucket of one group and metric, flat. */
export type AggregateRowTimeWeightedAvgArgs = {
  maxGap?: Scalars['Duration']['input'];
};

/** The summary of one group and metric, bucket by bucket. */
export type AggregateSeries = {
  readonly __typename?: 'AggregateSeries';
  /** The length of a bucket. */
  readonly bucket: Scalars['Duration']['output'];
  /** The same points as parallel arrays, as charts want them: position n of each is of one bucket. */
  readonly columns: AggregateColumns;
  /** What was summarised: the place or sensor that these points are of. */
  readonly group: Group;
  /** What was measured. */
  readonly metric: Metric;
  /** How this was answered: from which rollups, or from readings. The numbers are the same whichever it was. */
  readonly plan: Plan;
  /** The buckets that have readings, or with a `fill` all of the range asked for, by time; empty where there are none. */
  readonly points: ReadonlyArray<AggregatePoint>;
  /** The same as of its points, over the whole range asked for: for how many seconds the values were in a status, summed over the series of the group. A value holds until the next reading of its sensor or until this is moved, at most `maxGap`; NO_DATA counts from where a reading is older than `noDataAfter` of the thresholds that decide, however long ago it was, and a value that still holds counts as what is worse. Time without a value that holds counts in no status, nor does time before a sensor began there or after it was moved away, nor time after now or without a threshold in force. */
  readonly timeIn: Scalars['Float']['output'];
  /** The zone whose clock and calendar the buckets follow. */
  readonly timezone: Scalars['TimeZone']['output'];
};


/** The summary of one group and metric, bucket by bucket. */
export type AggregateSeriesTimeInArgs = {
  maxGap?: Scalars['Duration']['input'];
  status: Status;
  thresholdsAsOf?: ThresholdsAsOf;
};

/** The life of a breach on one series, from open to resolved: a stretch in which the status, by the durations and margins of the thresholds, is WARNING or CRITICAL, or a silence. */
export type Alert = {
  readonly __typename?: 'Alert';
  /** What happened to it so far, by number: the latest 100 of what the store still keeps; see `Query.breaches`. */
  readonly breaches: ReadonlyArray<Breach>;
  /** Stays the same for as long as it lives. */
  readonly id: Scalars['ID']['output'];
  /** What it is about. */
  readonly kind: AlertKind;
  /** The gravest level that it has reached; for silence that of its threshold. */
  readonly level: Level;
  /** Where it was measured; null for a sensor that was never placed. */
  readonly location?: Maybe<Location>;
  /** What was measured. */
  readonly metric: Metric;
  /** When it began, by the time of the readings. */
  readonly openedAt: Scalars['DateTime']['output'];
  /** The value deepest in the band so far, in the metric's unit: the greatest if the threshold that opened it has a `min`, else the least. null for silence. */
  readonly peak?: Maybe<Scalars['Float']['output']>;
  /** When it was over, by the time of the readings; `openedAt` for one that was withdrawn. null while it is open. */
  readonly resolvedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What measured it. */
  readonly sensor: Sensor;
  /** Where it stands. */
  readonly state: AlertState;
  /** The threshold that opened it, as it was then, also where it was deleted since. */
  readonly threshold: Threshold;
  /** Whether late or corrected readings have shown that it never was; it is resolved then, and kept because it was told. */
  readonly withdrawn: Scalars['Boolean']['output'];
};

/** A page of alerts. */
export type AlertConnection = {
  readonly __typename?: 'AlertConnection';
  /** The alerts of this page with their cursors. */
  readonly edges: ReadonlyArray<AlertEdge>;
  /** The alerts of this page. */
  readonly nodes: ReadonlyArray<Alert>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many alerts match, on all pages. */
  readonly totalCount: Scalars['Int']['output'];
};

/** An alert and its place in the order. */
export type AlertEdge = {
  readonly __typename?: 'AlertEdge';
  /** Give it as `after` to go on behind this alert. */
  readonly cursor: Scalars['String']['output'];
  /** The alert. */
  readonly node: Alert;
};

/** What an alert is about. */
export type AlertKind =
  /** Values in a band. */
  | 'BAND'
  /** Silence: no values where a threshold expects some. */
  | 'NO_DATA';

/** Where an alert stands. */
export type AlertState =
  /** The band still holds, or the silence still lasts. */
  | 'OPEN'
  /** It is over, or was withdrawn. */
  | 'RESOLVED';

/** What was loaded in one transaction: by a run, by a request or by a command. Every reading knows the batch that wrote it last. */
export type Batch = {
  readonly __typename?: 'Batch';
  /** How many breaches were recorded with them. */
  readonly breaches: Scalars['Int']['output'];
  /** When it was committed. */
  readonly committedAt: Scalars['DateTime']['output'];
  /** How many replaced another value of their sensor, metric and instant. */
  readonly corrected: Scalars['Int']['output'];
  /** The readings that it corrected, the last by sensor, metric and time first. */
  readonly corrections: CorrectionConnection;
  /** How many readings of derived metrics were computed from them. */
  readonly derived: Scalars['Int']['output'];
  /** Counts up. */
  readonly id: Scalars['ID']['output'];
  /** How many are new. */
  readonly loaded: Scalars['Int']['output'];
  /** Where in the source its first record stood; null where that is not known. */
  readonly positionFrom?: Maybe<Scalars['String']['output']>;
  /** Where in the source its last record stood; null where that is not known. */
  readonly positionTo?: Maybe<Scalars['String']['output']>;
  /** How many readings came. */
  readonly received: Scalars['Int']['output'];
  /** How many were refused. */
  readonly rejected: Scalars['Int']['output'];
  /** The run that loaded it; null where no job did. */
  readonly run?: Maybe<EtlRun>;
  /** Where it came from: a file, an address, a topic. */
  readonly source: Scalars['String']['output'];
  /** How many were there already with the same value. */
  readonly unchanged: Scalars['Int']['output'];
};


/** What was loaded in one transaction: by a run, by a request or by a command. Every reading knows the batch that wrote it last. */
export type BatchCorrectionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of batches. */
export type BatchConnection = {
  readonly __typename?: 'BatchConnection';
  /** The batches of this page with their cursors. */
  readonly edges: ReadonlyArray<BatchEdge>;
  /** The batches of this page. */
  readonly nodes: ReadonlyArray<Batch>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A batch and its place in the order. */
export type BatchEdge = {
  readonly __typename?: 'BatchEdge';
  /** Give it as `after` to go on behind this one. */
  readonly cursor: Scalars['String']['output'];
  /** The batch. */
  readonly node: Batch;
};

/** A box on the map, edges included. Where west is greater than east it crosses the antimeridian. */
export type BoundingBox = {
  /** Longitude in degrees, from -180 to 180, at which the box ends. */
  readonly east: Scalars['Float']['input'];
  /** Greatest latitude in degrees, from -90 to 90. */
  readonly north: Scalars['Float']['input'];
  /** Least latitude in degrees, from -90 to 90. */
  readonly south: Scalars['Float']['input'];
  /** Longitude in degrees, from -180 to 180, at which the box begins. */
  readonly west: Scalars['Float']['input'];
};

/**
 * A series entering, worsening in, easing in or leaving a band, or falling silent: an event with a number, which nothing changes any more.
 * Its statuses are by the durations and margins of the thresholds, where `Reading.status` is of the instant.
 */
export type Breach = {
  readonly __typename?: 'Breach';
  /** The life of which it is a part. */
  readonly alert: Alert;
  /** The number, as text. */
  readonly id: Scalars['ID']['output'];
  /** What happened. */
  readonly kind: BreachKind;
  /** Whether `time` lay more than the setting LATE_AFTER, an hour, before `recordedAt`, so that it tells of the past. */
  readonly late: Scalars['Boolean']['output'];
  /** Where it was measured; null for a sensor that was never placed. */
  readonly location?: Maybe<Location>;
  /** When `value` was measured: before `time` where no reading came, but a threshold began, ended or was changed, and the last value was judged anew; null where there is no value. */
  readonly measuredAt?: Maybe<Scalars['DateTime']['output']>;
  /** All of it in one English sentence, to be read on a telephone. */
  readonly message: Scalars['String']['output'];
  /** What was measured. */
  readonly metric: Metric;
  /** Its place among all breaches of this store: numbers are dense, and their order is that of the commits. */
  readonly number: Scalars['Int']['output'];
  /** The status before; for CORRECTED what it was at `time`. null where no threshold was in force. */
  readonly previous?: Maybe<Status>;
  /** When it was recorded, with the load or the change that brought it. */
  readonly recordedAt: Scalars['DateTime']['output'];
  /** What measured it. */
  readonly sensor: Sensor;
  /** The status from then on, NO_DATA for silence; for CORRECTED what it is now at `time`. null where no threshold is in force any more. */
  readonly status?: Maybe<Status>;
  /** The threshold that brought the level, as it was at `time`, also where it was deleted since; where a level ends the one that ended. null where there is none to name. */
  readonly threshold?: Maybe<Threshold>;
  /** The time of the reading with which it happened; for silence the instant at which it had lasted too long, or since which a threshold minds it, and its end is never before that; for CORRECTED the first instant from which the statuses differ; else that of the threshold's change. */
  readonly time: Scalars['DateTime']['output'];
  /** The value that was judged, in the metric's unit; null for silence. */
  readonly value?: Maybe<Scalars['Float']['output']>;
};

/** A page of breaches. */
export type BreachConnection = {
  readonly __typename?: 'BreachConnection';
  /** The breaches of this page with their cursors. */
  readonly edges: ReadonlyArray<BreachEdge>;
  /** The breaches of this page. */
  readonly nodes: ReadonlyArray<Breach>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A breach and its place in the order. */
export type BreachEdge = {
  readonly __typename?: 'BreachEdge';
  /** Give it as `after` to go on behind this breach, here or in the subscription, and with any filter. */
  readonly cursor: Scalars['String']['output'];
  /** The breach. */
  readonly node: Breach;
};

/** Which breaches: those that fit everything that is given. */
export type BreachFilter = {
  /** Only breaches that such a level has a part in, as it begins, ends or is taken back: `status`, `previous`, or for silence the level of its threshold. Left out or null, all. */
  readonly levels?: InputMaybe<ReadonlyArray<Level>>;
  /** Only of metrics with one of these ids; left out or null, all. One that nobody knows is refused (NOT_FOUND). */
  readonly metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Only of sensors with one of these ids; left out or null, all. Ids that nobody has match nothing. */
  readonly sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Only breaches measured at a location that matches; left out or null, all, also of sensors that were never placed. Its `status` is refused: it is of the present, and breaches are events. */
  readonly where?: InputMaybe<LocationFilter>;
};

/** One message of the subscription `breaches`. Without a breach it is a heartbeat: nothing happened up to `evaluatedThrough`, and the pipeline is alive. */
export type BreachFrame = {
  readonly __typename?: 'BreachFrame';
  /** What happened; null in a heartbeat. */
  readonly breach?: Maybe<Breach>;
  /** Give it as `after` to go on behind this frame; heartbeats move it too. */
  readonly cursor: Scalars['String']['output'];
  /** Every breach committed before this instant that you may see has been sent. */
  readonly evaluatedThrough: Scalars['DateTime']['output'];
  /** Whether this is the present: false while what was missed since `after` is being told. */
  readonly live: Scalars['Boolean']['output'];
};

/** What happened to the status of a series, by the durations and margins of its thresholds. */
export type BreachKind =
  /** No band holds any more, or values come again: the end of the alert. */
  | 'CLEARED'
  /** Late or corrected readings changed what a status was: an alert was moved, opened late or withdrawn. What was told before stays as it was told. */
  | 'CORRECTED'
  /** From CRITICAL to WARNING, within one alert. */
  | 'EASED'
  /** A value entered a band, or silence began, where nothing was open: a new alert. */
  | 'OPENED'
  /** From WARNING to CRITICAL, within one alert. */
  | 'WORSENED';

/** That a measured reading was given another value. */
export type Correction = {
  readonly __typename?: 'Correction';
  /** Where it was measured; null for a sensor that was never placed. */
  readonly location?: Maybe<Location>;
  /** What was measured. */
  readonly metric: Metric;
  /** The batch that corrected it; null where it is no longer kept. */
  readonly newBatch?: Maybe<Batch>;
  /** What it became, in the metric's unit. */
  readonly newValue: Scalars['Float']['output'];
  /** The batch that had written what it was; null where it is not known, as of readings from before batches were kept. */
  readonly oldBatch?: Maybe<Batch>;
  /** What it was, in the metric's unit. */
  readonly oldValue: Scalars['Float']['output'];
  /** What measured it. */
  readonly sensor: Sensor;
  /** The time of the reading. */
  readonly time: Scalars['DateTime']['output'];
};

/** A page of corrections. */
export type CorrectionConnection = {
  readonly __typename?: 'CorrectionConnection';
  /** The corrections of this page with their cursors. */
  readonly edges: ReadonlyArray<CorrectionEdge>;
  /** The corrections of this page. */
  readonly nodes: ReadonlyArray<Correction>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A correction and its place in the order. */
export type CorrectionEdge = {
  readonly __typename?: 'CorrectionEdge';
  /** Give it as `after` to go on behind this one. */
  readonly cursor: Scalars['String']['output'];
  /** The correction. */
  readonly node: Correction;
};

/** Where a query document comes from. Of two that have the same name the earlier in this list stands. */
export type DocumentOrigin =
  /** It ships with the gateway. */
  | 'BUNDLED'
  /** A file of the deployment, in the folder that the setting THERMOGRAPH_DOCUMENTS names. */
  | 'DEPLOYMENT'
  /** It was saved by `saveDocument`. */
  | 'SAVED';

/** A variable of a query document. */
export type DocumentVariable = {
  readonly __typename?: 'DocumentVariable';
  /** The value where none is given, as GraphQL writes it; null where there is none. */
  readonly default?: Maybe<Scalars['String']['output']>;
  /** Its name, without the dollar sign: the parameter of the export. */
  readonly name: Scalars['String']['output'];
  /** Whether an export must give it. */
  readonly required: Scalars['Boolean']['output'];
  /** Its type, such as `[ID!]!`. */
  readonly type: Scalars['String']['output'];
};

/** The points of a line as parallel arrays. */
export type DownsampledColumns = {
  readonly __typename?: 'DownsampledColumns';
  /** When each was measured, to the microsecond. */
  readonly time: ReadonlyArray<Scalars['DateTime']['output']>;
  /** The values, in the metric's unit. */
  readonly value: ReadonlyArray<Scalars['Float']['output']>;
};

/** One of the readings of a line. */
export type DownsampledPoint = {
  readonly __typename?: 'DownsampledPoint';
  /** When it was measured, to the microsecond. */
  readonly time: Scalars['DateTime']['output'];
  /** The value, in the metric's unit. */
  readonly value: Scalars['Float']['output'];
};

/** A line of raw readings, thinned for a chart. */
export type DownsampledSeries = {
  readonly __typename?: 'DownsampledSeries';
  /** The same points as parallel arrays, as charts want them: position n of each is of one reading. */
  readonly columns: DownsampledColumns;
  /** What was measured. */
  readonly metric: Metric;
  /** The chosen readings, by time; empty where there are none. */
  readonly points: ReadonlyArray<DownsampledPoint>;
  /** How many readings there are in the range, of which the points were chosen. */
  readonly readings: Scalars['Int']['output'];
  /** What measured it. */
  readonly sensor: Sensor;
};

/** How the points of a line are chosen from its readings. */
export type Downsampling =
  /** Largest triangle three buckets, as in the thesis of Sveinn Steinarsson (2013): the line that looks most like the whole. The first and the last reading are always there. Of a line with more than 20 readings for each point, four candidates a point are chosen before, as MIN_MAX does, which looks the same (MinMaxLTTB, Van der Donckt 2023). */
  | 'LTTB'
  /** The least and the greatest reading of every stretch, so that no peak is lost. The time from the first to the last reading is parted into half as many stretches of one length as there may be points; of several equal readings the earliest is taken. */
  | 'MIN_MAX';

/** What would become of alerts. */
export type EtlAlertChanges = {
  readonly __typename?: 'EtlAlertChanges';
  /** How many others would have another beginning, end, level or peak. */
  readonly changed: Scalars['Int']['output'];
  /** How many would be new and stay open. */
  readonly opened: Scalars['Int']['output'];
  /** How many would be new, and over already. */
  readonly openedAndResolved: Scalars['Int']['output'];
  /** How many open ones would be resolved. */
  readonly resolved: Scalars['Int']['output'];
  /** How many would be shown never to have been. */
  readonly withdrawn: Scalars['Int']['output'];
};

/** How many breaches of one kind would be recorded. */
export type EtlBreachCount = {
  readonly __typename?: 'EtlBreachCount';
  /** How many. */
  readonly count: Scalars['Int']['output'];
  /** What would have happened. */
  readonly kind: BreachKind;
};

/** What a job has brought, and how fresh that is. */
export type EtlFreshness = {
  readonly __typename?: 'EtlFreshness';
  /** How long ago that is, not below nothing; null where it has brought none. */
  readonly lag?: Maybe<Scalars['Duration']['output']>;
  /** The time of the newest reading that it has brought; null where it has brought none. */
  readonly lastTime?: Maybe<Scalars['DateTime']['output']>;
  /** How many of them came when a newer reading of their series was there; a Float because there may be more than an Int can count. */
  readonly late: Scalars['Float']['output'];
  /** When it last wrote a reading; null where it has brought none. */
  readonly loadedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How many readings it has written, corrections too; a Float because there may be more than an Int can count. */
  readonly readings: Scalars['Float']['output'];
  /** How many series it has brought readings of. */
  readonly series: Scalars['Int']['output'];
};

/** A job: where readings are fetched from, and when. It is declared in a file of the jobs folder. */
export type EtlJob = {
  readonly __typename?: 'EtlJob';
  /** What it is, in the words of its file; null where it says nothing. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** Whether it runs by its schedule; one that is not can still be started. */
  readonly enabled: Scalars['Boolean']['output'];
  /** What it has brought so far, and how fresh that is. */
  readonly freshness: EtlFreshness;
  /** The name of its file without `.yaml`. */
  readonly id: Scalars['ID']['output'];
  /** Its newest run; null where it has not run yet, or not for as long as RUNS_KEPT says. */
  readonly lastRun?: Maybe<EtlRun>;
  /** Its newest run that succeeded; null where none has. */
  readonly lastSuccess?: Maybe<EtlRun>;
  /** The next tick of its schedule; null where it has none, or is not enabled. */
  readonly nextRunAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why its file cannot be used, with the place and the rule; null where it can. Such a job does not run. */
  readonly problem?: Maybe<Scalars['String']['output']>;
  /** How often a run that failed is tried again; null where its file cannot be used. */
  readonly retries?: Maybe<Scalars['Int']['output']>;
  /** How long after the end of an attempt the next begins; null where its file cannot be used. */
  readonly retryDelay?: Maybe<Scalars['Duration']['output']>;
  /** When it runs, as five fields of cron; null where it only runs when it is started, or its file cannot be used. */
  readonly schedule?: Maybe<Scalars['String']['output']>;
  /** The same for each series that it has brought readings of, in the order in which the series came into the store. */
  readonly series: EtlSeriesConnection;
  /** So long after its tick at the latest a run must have succeeded, else `slaMissed` tells; null where nobody is told, or its file cannot be used. */
  readonly sla?: Maybe<Scalars['Duration']['output']>;
  /** What kind of source it fetches from; null where its file cannot be used. */
  readonly sourceKind?: Maybe<EtlSourceKind>;
  /** So long an attempt may take; null where its file cannot be used. */
  readonly timeout?: Maybe<Scalars['Duration']['output']>;
  /** The zone of `schedule`; null where its file cannot be used. */
  readonly timezone?: Maybe<Scalars['TimeZone']['output']>;
};


/** A job: where readings are fetched from, and when. It is declared in a file of the jobs folder. */
export type EtlJobSeriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How many readings would be refused for one reason. */
export type EtlRejectedCount = {
  readonly __typename?: 'EtlRejectedCount';
  /** The rule they break. */
  readonly code: RejectionCode;
  /** How many. */
  readonly count: Scalars['Int']['output'];
};

/** One execution of a job. Its counts are of readings, and are raised with each batch: received = loaded + corrected + unchanged + rejected; derived and breaches count apart. */
export type EtlRun = {
  readonly __typename?: 'EtlRun';
  /** Which attempt is under way or was the last: the first is 1, and 0 stands before it. */
  readonly attempt: Scalars['Int']['output'];
  /** What it loaded, transaction by transaction, in the order of the commits. */
  readonly batches: BatchConnection;
  /** How many breaches were recorded with them. */
  readonly breaches: Scalars['Int']['output'];
  /** The code of what the last attempt ended with, such as `SOURCE_UNAVAILABLE`: see docs/errors.md; null where nothing went wrong. */
  readonly code?: Maybe<Scalars['String']['output']>;
  /** How many replaced another value of their sensor, metric and instant. */
  readonly corrected: Scalars['Int']['output'];
  /** How many readings of derived metrics were computed from them. */
  readonly derived: Scalars['Int']['output'];
  /** Of a backfill, up to where it is done whole: there it goes on after an interruption; null where it has not come so far, or is no backfill. */
  readonly doneUntil?: Maybe<Scalars['DateTime']['output']>;
  /** Whether it loads nothing, and only tells in `wouldChange` what it would. */
  readonly dryRun: Scalars['Boolean']['output'];
  /** What went wrong in the last attempt, in words; null where nothing did. */
  readonly error?: Maybe<Scalars['String']['output']>;
  /** When it was finished; null before that. */
  readonly finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Of a backfill the first instant that it loads again, of a run by the schedule up to where those before it had come; null where it loads whatever is new. */
  readonly from?: Maybe<Scalars['DateTime']['output']>;
  /** Where the instance that is at it, or was the last to be, runs; null before the first attempt. */
  readonly host?: Maybe<Scalars['String']['output']>;
  /** Counts up in the order in which runs were queued. */
  readonly id: Scalars['ID']['output'];
  /** The job; null where it is no longer declared. */
  readonly job?: Maybe<EtlJob>;
  /** The id of the job, also where it is no longer declared. */
  readonly jobId: Scalars['ID']['output'];
  /** What began it. */
  readonly kind: EtlRunKind;
  /** How many are new. */
  readonly loaded: Scalars['Int']['output'];
  /** When its next attempt may begin; null where it is not queued. */
  readonly nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** How much is done, from 0 to 1; null where the end is not known. */
  readonly progress?: Maybe<Scalars['Float']['output']>;
  /** When it was queued. */
  readonly queuedAt: Scalars['DateTime']['output'];
  /** How many readings came. */
  readonly received: Scalars['Int']['output'];
  /** How many were refused: see `rejectedReadings(run)`. */
  readonly rejected: Scalars['Int']['output'];
  /** The tick of the schedule that it is for; null where it was started otherwise. */
  readonly scheduledFor?: Maybe<Scalars['DateTime']['output']>;
  /** When its first attempt began; null before that. */
  readonly startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How far it has come. */
  readonly state: EtlState;
  /** What it did, in order, all attempts. */
  readonly steps: ReadonlyArray<EtlStep>;
  /** Of a backfill the first instant that it does not load any more, of a run by the schedule its tick; null where it loads whatever is new. */
  readonly to?: Maybe<Scalars['DateTime']['output']>;
  /** How many were there already with the same value. */
  readonly unchanged: Scalars['Int']['output'];
  /** What a dry run found that would be changed; null for others, and before it has finished. */
  readonly wouldChange?: Maybe<EtlWouldChange>;
};


/** One execution of a job. Its counts are of readings, and are raised with each batch: received = loaded + corrected + unchanged + rejected; derived and breaches count apart. */
export type EtlRunBatchesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of runs. */
export type EtlRunConnection = {
  readonly __typename?: 'EtlRunConnection';
  /** The runs of this page with their cursors. */
  readonly edges: ReadonlyArray<EtlRunEdge>;
  /** The runs of this page. */
  readonly nodes: ReadonlyArray<EtlRun>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A run and its place in the order. */
export type EtlRunEdge = {
  readonly __typename?: 'EtlRunEdge';
  /** Give it as `after` to go on behind this one. */
  readonly cursor: Scalars['String']['output'];
  /** The run. */
  readonly node: EtlRun;
};

/** What began a run. */
export type EtlRunKind =
  /** Somebody, to load a window of the past again. */
  | 'BACKFILL'
  /** Somebody, to fetch what is new. */
  | 'MANUAL'
  /** A tick of the job's schedule. */
  | 'SCHEDULED'
  /** A broker's messages are taken as they come; a new run begins at each tick of the schedule. */
  | 'STREAM';

/** What a job has brought of one series, and how fresh that is. */
export type EtlSeries = {
  readonly __typename?: 'EtlSeries';
  /** The time of the earliest reading that it has brought. */
  readonly firstTime: Scalars['DateTime']['output'];
  /** How long ago that is, not below nothing. */
  readonly lag: Scalars['Duration']['output'];
  /** The time of the newest reading that it has brought. */
  readonly lastTime: Scalars['DateTime']['output'];
  /** How many of them came when a newer one was there; a Float because there may be more than an Int can count. */
  readonly late: Scalars['Float']['output'];
  /** When it last wrote a reading of it. */
  readonly loadedAt: Scalars['DateTime']['output'];
  /** Where it was measured; null for a sensor that was never placed. */
  readonly location?: Maybe<Location>;
  /** What was measured. */
  readonly metric: Metric;
  /** How many readings it has written, corrections too; a Float because there may be more than an Int can count. */
  readonly readings: Scalars['Float']['output'];
  /** What measured it. */
  readonly sensor: Sensor;
};

/** What would change of one series. It is told by ids, because a sensor that would be registered is not there yet. */
export type EtlSeriesChange = {
  readonly __typename?: 'EtlSeriesChange';
  /** How many would replace another value. */
  readonly corrected: Scalars['Int']['output'];
  /** The first of those that would be corrected, at most 3. */
  readonly examples: ReadonlyArray<EtlValueChange>;
  /** How many readings would be new. */
  readonly loaded: Scalars['Int']['output'];
  /** The id of the location; null for a sensor that was never placed. */
  readonly location?: Maybe<Scalars['ID']['output']>;
  /** The id of the metric. */
  readonly metric: Scalars['ID']['output'];
  /** How many it would have, derived ones too; a Float because there may be more than an Int can count. */
  readonly readingsAfter: Scalars['Float']['output'];
  /** How many readings it has, derived ones too; a Float because there may be more than an Int can count. */
  readonly readingsBefore: Scalars['Float']['output'];
  /** The id of the sensor. */
  readonly sensor: Scalars['ID']['output'];
};

/** A page of what a job has brought, by series. */
export type EtlSeriesConnection = {
  readonly __typename?: 'EtlSeriesConnection';
  /** The series of this page with their cursors. */
  readonly edges: ReadonlyArray<EtlSeriesEdge>;
  /** The series of this page. */
  readonly nodes: ReadonlyArray<EtlSeries>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** What a job has brought of one series, and its place in the order. */
export type EtlSeriesEdge = {
  readonly __typename?: 'EtlSeriesEdge';
  /** Give it as `after` to go on behind this one. */
  readonly cursor: Scalars['String']['output'];
  /** What it has brought of the series. */
  readonly node: EtlSeries;
};

/** What kind of source a job fetches from. */
export type EtlSourceKind =
  /** A table or a query of another database. */
  | 'DATABASE'
  /** Files in a folder, or of a pattern. */
  | 'FILES'
  /** An address that is asked for JSON or CSV. */
  | 'HTTP'
  /** Topics of a Kafka cluster. */
  | 'KAFKA'
  /** Topics of an MQTT broker. */
  | 'MQTT'
  /** Subjects of a NATS JetStream. */
  | 'NATS';

/** How far a run has come. */
export type EtlState =
  /** The last attempt failed: `code` and `error` say why. What its batches loaded stays. */
  | 'FAILED'
  /** It waits for its turn, or for its next attempt. */
  | 'QUEUED'
  /** An instance is at it. */
  | 'RUNNING'
  /** All was loaded, and what is stored agrees with what was read. */
  | 'SUCCEEDED'
  /** The last attempt took longer than the job's `timeout`. What its batches loaded stays. */
  | 'TIMED_OUT';

/** How many new readings would have one status. */
export type EtlStatusCount = {
  readonly __typename?: 'EtlStatusCount';
  /** How many. */
  readonly count: Scalars['Int']['output'];
  /** The status at their time; null where no threshold is in force. */
  readonly status?: Maybe<Status>;
};

/** A step of an attempt of a run: connect, extract, transform, load or validate. */
export type EtlStep = {
  readonly __typename?: 'EtlStep';
  /** Of which attempt of the run. */
  readonly attempt: Scalars['Int']['output'];
  /** What it found, as JSON, such as the series whose counts do not agree; null where there is nothing to tell. */
  readonly detail?: Maybe<Scalars['String']['output']>;
  /** How long it took, in milliseconds; of one that is under way, since it began. Extract, transform and load take turns: each has its own time when they have ended. */
  readonly durationMs: Scalars['Float']['output'];
  /** What went wrong in it; null where nothing did. */
  readonly error?: Maybe<Scalars['String']['output']>;
  /** Whether it has ended, well or not. */
  readonly finished: Scalars['Boolean']['output'];
  /** Which one. */
  readonly name: Scalars['String']['output'];
  /** When it began. */
  readonly startedAt: Scalars['DateTime']['output'];
};

/** A reading that would get another value. */
export type EtlValueChange = {
  readonly __typename?: 'EtlValueChange';
  /** What it would become, in the metric's unit. */
  readonly newValue: Scalars['Float']['output'];
  /** What it is, in the metric's unit. */
  readonly oldValue: Scalars['Float']['output'];
  /** The time of the reading. */
  readonly time: Scalars['DateTime']['output'];
};

/** What a backfill would change, in readings: it was loaded, looked at, and undone. */
export type EtlWouldChange = {
  readonly __typename?: 'EtlWouldChange';
  /** What would become of alerts. */
  readonly alerts: EtlAlertChanges;
  /** How many breaches would be recorded: verdicts on the past that would be others. */
  readonly breaches: Scalars['Int']['output'];
  /** The same by kind. */
  readonly breachesByKind: ReadonlyArray<EtlBreachCount>;
  /** How many would replace another value. */
  readonly corrected: Scalars['Int']['output'];
  /** How many readings of derived metrics would be computed. */
  readonly derived: Scalars['Int']['output'];
  /** Whether the run would do exactly this. A long window is tried part by part, each by itself, and an alert that lasts over several parts is counted in each. */
  readonly exact: Scalars['Boolean']['output'];
  /** How many would be new. */
  readonly loaded: Scalars['Int']['output'];
  /** How many readings there are in the window. */
  readonly received: Scalars['Int']['output'];
  /** How many would be refused. */
  readonly rejected: Scalars['Int']['output'];
  /** Those that would be refused by the rule that they break. */
  readonly rejectedByCode: ReadonlyArray<EtlRejectedCount>;
  /** The most changed of them, at most 1000. */
  readonly series: ReadonlyArray<EtlSeriesChange>;
  /** How many series would change. */
  readonly seriesChanged: Scalars['Int']['output'];
  /** The new readings by their status. */
  readonly statuses: ReadonlyArray<EtlStatusCount>;
  /** How many of the corrected readings would have another status. */
  readonly statusesChanged: Scalars['Int']['output'];
  /** How many are there already with the same value. */
  readonly unchanged: Scalars['Int']['output'];
};


/** What a backfill would change, in readings: it was loaded, looked at, and undone. */
export type EtlWouldChangeSeriesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What an empty bucket becomes: one without a reading of its own inside the range asked for. Its sum, stddev and range stay null whatever it is: of no readings there is none. */
export type Fill =
  /** Min, max, avg, first, last and percentiles each lie on the straight line between the buckets with readings before and after it, drawn from start to start; null before the first and after the last inside the range asked for. */
  | 'LINEAR'
  /** It is left out. */
  | 'NONE'
  /** A point of which every value is null. */
  | 'NULL'
  /** Min, max, avg, first, last and percentiles are those of the last bucket before it that has readings, also before `from`, but no more than 100 buckets before; else null. */
  | 'PREVIOUS';

/** What the readings of a group have in common; null where they differ, or where there is nothing. */
export type Group = {
  readonly __typename?: 'Group';
  /** The name of the area; null for wider groups, and where there is none. */
  readonly area?: Maybe<Scalars['String']['output']>;
  /** The name of the building; null for wider groups, and where there is none. */
  readonly building?: Maybe<Scalars['String']['output']>;
  /** The name of the factory; null for ALL, and for sensors that were never placed. */
  readonly factory?: Maybe<Scalars['String']['output']>;
  /** The number of the floor; null for wider groups, and where there is none. */
  readonly floor?: Maybe<Scalars['Int']['output']>;
  /** The location; null for wider groups, for a sensor that was moved and for one that was never placed. */
  readonly location?: Maybe<Location>;
  /** The sensor; null for all groups but SENSOR. */
  readonly sensor?: Maybe<Sensor>;
};

/** What makes a group of readings. The wider groups' fields are part of the narrower ones' key, up to the location. */
export type Grouping =
  /** Everything is one group. */
  | 'ALL'
  /** Each area of a floor. */
  | 'AREA'
  /** Each building of a factory. */
  | 'BUILDING'
  /** Each factory. */
  | 'FACTORY'
  /** Each floor of a building. */
  | 'FLOOR'
  /** Each location. */
  | 'LOCATION'
  /** Each sensor, wherever it was. */
  | 'SENSOR';

/** What came of an input, in readings: received = loaded + corrected + unchanged + rejected; derived and breaches count apart. */
export type IngestResult = {
  readonly __typename?: 'IngestResult';
  /** How many breaches were recorded with them: values that entered or left a band, became worse or better in it, and what late readings have shown of the past. */
  readonly breaches: Scalars['Int']['output'];
  /** How many replaced another value of their sensor, metric and instant. */
  readonly corrected: Scalars['Int']['output'];
  /** How many readings of derived metrics (humidity from dew point, perceived temperature) were computed from them. */
  readonly derived: Scalars['Int']['output'];
  /** How many are new. */
  readonly loaded: Scalars['Int']['output'];
  /** How many readings came: a record of several metrics counts for each. */
  readonly received: Scalars['Int']['output'];
  /** What was refused, by index: the first 1,000. All of it is kept: see `rejectedReadings`. */
  readonly rejected: ReadonlyArray<Rejection>;
  /** How many were there already with the same value. */
  readonly unchanged: Scalars['Int']['output'];
};

/** How grave it is when a threshold's band holds a value. */
export type Level =
  /** Someone must act. */
  | 'CRITICAL'
  /** Someone should look. */
  | 'WARNING';

/** A place with sensors: where in a factory they are, and by which clock it lives. */
export type Location = Measured & {
  readonly __typename?: 'Location';
  /** Readings of one metric that were taken here, summarised. Without a `fill`, empty points where there are no readings. */
  readonly aggregates: AggregateSeries;
  /** The part of the floor: a zone, a line, a room; null where there is none. */
  readonly area?: Maybe<Scalars['String']['output']>;
  /** The name of the building; null where there is none. */
  readonly building?: Maybe<Scalars['String']['output']>;
  /** The name of the factory, or the site, that it is part of; the widest group. */
  readonly factory: Scalars['String']['output'];
  /** The number of the floor, negative below ground; null where there is none. */
  readonly floor?: Maybe<Scalars['Int']['output']>;
  /** The natural key, such as `A031`. */
  readonly id: Scalars['ID']['output'];
  /** The newest reading of every series whose sensor is there now, by sensor, then metric. */
  readonly latest: ReadonlyArray<Reading>;
  /** Degrees north (WGS 84), from -90 to 90; null where it is not known. */
  readonly latitude?: Maybe<Scalars['Float']['output']>;
  /** Degrees east (WGS 84), from -180 to 180; null where it is not known. */
  readonly longitude?: Maybe<Scalars['Float']['output']>;
  /** The alerts that are open here, the last opened first, also of sensors that were moved away since. */
  readonly openAlerts: ReadonlyArray<Alert>;
  /** Readings of one metric that were taken here, by time, then sensor. */
  readonly readings: ReadingConnection;
  /** The sensors that are there now, by id. */
  readonly sensors: ReadonlyArray<Sensor>;
  /** What was measured of one metric here in a whole range, and how completely: one row. */
  readonly statistics: Statistics;
  /** The worst status among the latest readings, in the order of Status; null where no threshold is in force for any of them. */
  readonly status?: Maybe<Status>;
  /** The thresholds there are now whose scope holds this location or a sensor that is there now. */
  readonly thresholds: ReadonlyArray<Threshold>;
  /** The zone of its wall clocks. Questions follow it only where their `timezone` says so; derived metrics follow its calendar. */
  readonly timezone: Scalars['TimeZone']['output'];
};


/** A place with sensors: where in a factory they are, and by which clock it lives. */
export type LocationAggregatesArgs = {
  bucket?: InputMaybe<Scalars['Duration']['input']>;
  compare?: InputMaybe<Scalars['Duration']['input']>;
  fill?: Fill;
  from: Scalars['TimeBound']['input'];
  maxPoints?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** A place with sensors: where in a factory they are, and by which clock it lives. */
export type LocationLatestArgs = {
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};


/** A place with sensors: where in a factory they are, and by which clock it lives. */
export type LocationReadingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['TimeBound']['input'];
  last?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['ID']['input'];
  order?: TimeOrder;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** A place with sensors: where in a factory they are, and by which clock it lives. */
export type LocationStatisticsArgs = {
  from: Scalars['TimeBound']['input'];
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};

/** A page of locations. */
export type LocationConnection = {
  readonly __typename?: 'LocationConnection';
  /** The locations of this page with their cursors. */
  readonly edges: ReadonlyArray<LocationEdge>;
  /** The locations of this page. */
  readonly nodes: ReadonlyArray<Location>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many locations match, on all pages. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A location and its place in the order. */
export type LocationEdge = {
  readonly __typename?: 'LocationEdge';
  /** Give it as `after` to go on behind this location. */
  readonly cursor: Scalars['String']['output'];
  /** The location. */
  readonly node: Location;
};

/** Which locations: those that satisfy every field that is given. An empty list matches none; values that nobody has match none. */
export type LocationFilter = {
  /** In an area of one of these names, on whatever floor. */
  readonly areas?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** In a building of one of these names, in whatever factory. */
  readonly buildings?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** In one of these factories, by name, in upper and lower case as stored. */
  readonly factories?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** On a floor of one of these numbers, in whatever building. */
  readonly floors?: InputMaybe<ReadonlyArray<Scalars['Int']['input']>>;
  /** With one of these ids. */
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** With this text in id, factory, building or area, in upper or lower case. */
  readonly search?: InputMaybe<Scalars['String']['input']>;
  /** With one of these statuses now: `[CRITICAL, WARNING]` is what needs somebody. */
  readonly status?: InputMaybe<ReadonlyArray<Status>>;
  /** With coordinates inside this box. */
  readonly within?: InputMaybe<BoundingBox>;
};

/** A location as it is to be stored. A field that is left out keeps what is stored; null clears it. */
export type LocationInput = {
  /** The part of the floor: a zone, a line, a room; null where there is none. */
  readonly area?: InputMaybe<Scalars['String']['input']>;
  /** The name of the building; null where there is none. */
  readonly building?: InputMaybe<Scalars['String']['input']>;
  /** The name of the factory, or the site, that it is part of; the widest group. */
  readonly factory: Scalars['String']['input'];
  /** The number of the floor, negative below ground; null where there is none. */
  readonly floor?: InputMaybe<Scalars['Int']['input']>;
  /** The natural key, such as `A031`: 1 to 200 characters, none of them a control character. */
  readonly id: Scalars['ID']['input'];
  /** Degrees north, from -90 to 90. */
  readonly latitude?: InputMaybe<Scalars['Float']['input']>;
  /** Degrees east, from -180 to 180. */
  readonly longitude?: InputMaybe<Scalars['Float']['input']>;
  /** The zone of its wall clocks: derived metrics follow its calendar. Where it changes, what was derived before stays as it is until its input is corrected. */
  readonly timezone: Scalars['TimeZone']['input'];
};

/** What a place and a device have in common: they can be asked for values. */
export type Measured = {
  /** Readings of one metric that were taken here, summarised. Without a `fill`, empty points where there are no readings. */
  readonly aggregates: AggregateSeries;
  /** The newest reading of every series whose sensor is there now, by sensor, then metric. */
  readonly latest: ReadonlyArray<Reading>;
  /** Readings of one metric that were taken here, by time, then sensor. */
  readonly readings: ReadingConnection;
  /** What was measured of one metric here in a whole range, and how completely: one row. */
  readonly statistics: Statistics;
  /** The worst status among the latest readings, in the order of Status; null where no threshold is in force for any of them. */
  readonly status?: Maybe<Status>;
};


/** What a place and a device have in common: they can be asked for values. */
export type MeasuredAggregatesArgs = {
  bucket?: InputMaybe<Scalars['Duration']['input']>;
  compare?: InputMaybe<Scalars['Duration']['input']>;
  fill?: Fill;
  from: Scalars['TimeBound']['input'];
  maxPoints?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** What a place and a device have in common: they can be asked for values. */
export type MeasuredLatestArgs = {
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};


/** What a place and a device have in common: they can be asked for values. */
export type MeasuredReadingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['TimeBound']['input'];
  last?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['ID']['input'];
  order?: TimeOrder;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** What a place and a device have in common: they can be asked for values. */
export type MeasuredStatisticsArgs = {
  from: Scalars['TimeBound']['input'];
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};

/** What is measured. Five are built in: temperature, humidity, dew_point, wind_speed and perceived_temperature. */
export type Metric = {
  readonly __typename?: 'Metric';
  /** What it means and where it comes from; null where nobody said. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** The natural key, such as `temperature`; the name of its column in wide files. */
  readonly id: Scalars['ID']['output'];
  /** The greatest value that can be true, readings above it are refused (VALUE_OUT_OF_RANGE); null is no bound. */
  readonly max?: Maybe<Scalars['Float']['output']>;
  /** The least value that can be true, readings below it are refused (VALUE_OUT_OF_RANGE); null is no bound. */
  readonly min?: Maybe<Scalars['Float']['output']>;
  /** What people call it. */
  readonly name: Scalars['String']['output'];
  /** The unit of all its values in UCUM notation: `Cel` is °C, `%` per cent, `ug/m3` µg/m³. */
  readonly unit: Scalars['String']['output'];
};

/** A metric as it is to be stored. A field that is left out keeps what is stored; null clears it. */
export type MetricInput = {
  /** What it means and where it comes from. */
  readonly description?: InputMaybe<Scalars['String']['input']>;
  /** The natural key: 1 to 200 characters, none of them a control character. */
  readonly id: Scalars['ID']['input'];
  /** The greatest value that can be true; readings above it will be refused. null is no bound. */
  readonly max?: InputMaybe<Scalars['Float']['input']>;
  /** The least value that can be true; readings below it will be refused. null is no bound. */
  readonly min?: InputMaybe<Scalars['Float']['input']>;
  /** What people call it; the id where it was never given, or is null. */
  readonly name?: InputMaybe<Scalars['String']['input']>;
  /** The unit in UCUM notation, such as `Cel`. What is stored is not converted when it changes. */
  readonly unit: Scalars['String']['input'];
};

/** Every change: of what is where, of thresholds, and new readings. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /** Adds a threshold. Without `effectiveFrom` it holds for all time. One that says again what another says is refused (DUPLICATE_THRESHOLD). */
  readonly createThreshold: Threshold;
  /** Deletes a saved document; one of the gateway's own that had its name is there again. There is no authentication yet: everybody who reaches the gateway may do this; it is meant for its administrator. Answers what it was; one that is not saved is refused (NOT_FOUND). */
  readonly deleteDocument: StoredDocument;
  /** Ends a threshold now; the past keeps its judgement. Answers what it was. */
  readonly deleteThreshold: Threshold;
  /** Loads readings. What can be loaded is, committed when this answers; the rest is refused one by one. An instant that is there already is corrected. */
  readonly ingest: IngestResult;
  /** Tries rejected records again, each read as it was the first time: those that load now are no longer kept as rejected, the others are refused again and counted on. */
  readonly replayRejected: IngestResult;
  /** Saves a query document by its name, in place of a saved one or one of the gateway's own that has it, so that `GET /export/{name}.csv` answers by it. There is no authentication yet: everybody who reaches the gateway may do this; it is meant for its administrator. Refused where it is no single query that fits this schema, where a file of the deployment has the name, and where all that are saved would have over 4,000,000 characters. */
  readonly saveDocument: StoredDocument;
  /** Registers locations and changes known ones, all or none. A field that is left out keeps what is stored; null clears it. Answered in the order given. */
  readonly saveLocations: ReadonlyArray<Location>;
  /** Registers metrics and changes known ones, all or none. A field that is left out keeps what is stored; null clears it. The unit of a built-in metric stays as it is. Answered in the order given. */
  readonly saveMetrics: ReadonlyArray<Metric>;
  /** Registers sensors, changes known ones and moves them, all or none. A move dated before the sensor's newest reading is refused (PLACEMENT_IN_PAST). Answered in the order given. */
  readonly saveSensors: ReadonlyArray<Sensor>;
  /**
   * Starts a run of a job now, beside its schedule, and answers as soon as it is queued: `subscription etlRun` tells how it goes.
   *
   * Without `from` it fetches whatever is new, as the schedule does. With `from` it is a backfill: it loads that window of the past again, in chunks and beside the live loading,
   * where the source has a past. Of a job that takes what a broker hands over it is what the broker has kept (Kafka, NATS JetStream), without `from` it is refused, and of MQTT, which keeps nothing,
   * always. What is there already with the same value stays as it is.
   */
  readonly startEtlRun: EtlRun;
  /** Replaces the whole threshold from now on; the past keeps its judgement. */
  readonly updateThreshold: Threshold;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationCreateThresholdArgs = {
  input: ThresholdInput;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationDeleteDocumentArgs = {
  name: Scalars['String']['input'];
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationDeleteThresholdArgs = {
  id: Scalars['ID']['input'];
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationIngestArgs = {
  readings: ReadonlyArray<ReadingInput>;
  register?: Scalars['Boolean']['input'];
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationReplayRejectedArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationSaveDocumentArgs = {
  name: Scalars['String']['input'];
  text: Scalars['String']['input'];
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationSaveLocationsArgs = {
  locations: ReadonlyArray<LocationInput>;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationSaveMetricsArgs = {
  metrics: ReadonlyArray<MetricInput>;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationSaveSensorsArgs = {
  sensors: ReadonlyArray<SensorInput>;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationStartEtlRunArgs = {
  dryRun?: Scalars['Boolean']['input'];
  from?: InputMaybe<Scalars['TimeBound']['input']>;
  job: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** Every change: of what is where, of thresholds, and new readings. */
export type MutationUpdateThresholdArgs = {
  id: Scalars['ID']['input'];
  input: ThresholdInput;
};

/** Where a page of a connection stands. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the page's last node, null on an empty page: give it as `after` to go on. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether there is more after this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there is more before this page; where only `first` and `after` can be given, whether this page began after a cursor. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the page's first node, null on an empty page: give it as `before`, where there is one, to go back. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** The relations that answered, piece by piece, and how many (series, day) pairs were stale and so answered from readings. */
export type Plan = {
  readonly __typename?: 'Plan';
  /** By time, without gaps: the part of the range asked for that holds readings, to whole UTC days. */
  readonly pieces: ReadonlyArray<PlanPiece>;
  /** How many pairs of a series of this group and a UTC day had rollups that were behind; the answer is exact all the same. */
  readonly staleDays: Scalars['Int']['output'];
};

/** A stretch of time that one relation answered. */
export type PlanPiece = {
  readonly __typename?: 'PlanPiece';
  /** The first instant that counts. */
  readonly from: Scalars['DateTime']['output'];
  /** The relation that was read: `rollup_1d`, `rollup_1h`, `rollup_15m` (summaries kept by the UTC day, hour and quarter of an hour) or `reading`. */
  readonly source: Scalars['String']['output'];
  /** The first instant that no longer counts. */
  readonly to: Scalars['DateTime']['output'];
};

/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type Query = {
  readonly __typename?: 'Query';
  /** The same as `aggregates` in flat rows, as spreadsheets and BI tools want them: one for each group, metric and bucket, in this order. */
  readonly aggregateRows: ReadonlyArray<AggregateRow>;
  /** One series of points for each group and metric, by group, then metric. A group without readings in the range is left out. Refused where it would give too many points or read too many readings (LIMIT_EXCEEDED). */
  readonly aggregates: ReadonlyArray<AggregateSeries>;
  /** One alert; null where there is none with this id. */
  readonly alert?: Maybe<Alert>;
  /** Alerts, the last opened first. */
  readonly alerts: AlertConnection;
  /** What was loaded in one transaction; null where there is none with this id. */
  readonly batch?: Maybe<Batch>;
  /** The breaches so far, in the order of their numbers: the history that the subscription continues, with the same cursors. */
  readonly breaches: BreachConnection;
  /** Readings that were corrected: what each was, what it became, and by which batch; what was corrected last first. */
  readonly corrections: CorrectionConnection;
  /** One query document; null where nobody has this name. */
  readonly document?: Maybe<StoredDocument>;
  /** The query documents that are known by name, by name: those of the deployment, those that were saved and those that ship with the gateway. Each is exported as a file by `GET /export/{name}.csv`, `.ndjson` or `.json`. */
  readonly documents: ReadonlyArray<StoredDocument>;
  /** One line of a chart for each sensor and metric, of raw readings, by sensor, then metric: no more points than fit, chosen from the readings and not computed from them. What was measured at several locations is one line. A sensor without readings in the range is left out. Refused where it would give too many points or read too many readings (LIMIT_EXCEEDED). */
  readonly downsample: ReadonlyArray<DownsampledSeries>;
  /** One job; null where none is declared with this id. */
  readonly etlJob?: Maybe<EtlJob>;
  /** The jobs that are declared, one for each file of the jobs folder (THERMOGRAPH_JOBS), by id. One whose file cannot be used says why in `problem`. */
  readonly etlJobs: ReadonlyArray<EtlJob>;
  /** One run; null where there is none with this id, or no more: runs are kept for as long as RUNS_KEPT says. */
  readonly etlRun?: Maybe<EtlRun>;
  /** Runs of jobs, the newest first. */
  readonly etlRuns: EtlRunConnection;
  /** The newest reading of every series whose sensor is there now, with its status: the live picture of a factory in one flat list, by sensor, then metric. */
  readonly latest: ReadonlyArray<Reading>;
  /** One location; null where nobody has this id. */
  readonly location?: Maybe<Location>;
  /** The locations that match, by id. */
  readonly locations: LocationConnection;
  /** Everything that can be measured, by id, whether or not there are readings of it. */
  readonly metrics: ReadonlyArray<Metric>;
  /** Readings as flat rows by time, then sensor, then metric. */
  readonly readings: ReadingConnection;
  /** Input that could not be loaded, kept whole with the reason, in the order in which it first came. */
  readonly rejectedReadings: RejectedReadingConnection;
  /** One sensor; null where nobody has this id. */
  readonly sensor?: Maybe<Sensor>;
  /** The sensors that match, by id. */
  readonly sensors: SensorConnection;
  /** Ticks of schedules whose run had not succeeded when the job's `sla` said that it should have: the history that the subscription `slaMissed` continues, in the order in which they were noticed. */
  readonly slaMisses: SlaMissConnection;
  /** One row for each group and metric about a whole range, by group, then metric: what was measured, and how completely. A group that has never measured anything before the range's end is left out; one that was silent in it is not. Refused where too many readings would have to be read (LIMIT_EXCEEDED). */
  readonly statistics: ReadonlyArray<Statistics>;
  /** The store itself: what it runs on and how much it holds. */
  readonly store: Store;
  /** One threshold as it is now; null where nobody has this id or it was deleted. */
  readonly threshold?: Maybe<Threshold>;
  /** Thresholds, by id: those there are now, disabled ones too, or, with `at`, those in force at an instant. */
  readonly thresholds: ReadonlyArray<Threshold>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryAggregateRowsArgs = {
  bucket?: InputMaybe<Scalars['Duration']['input']>;
  by?: Grouping;
  compare?: InputMaybe<Scalars['Duration']['input']>;
  fill?: Fill;
  from: Scalars['TimeBound']['input'];
  maxPoints?: InputMaybe<Scalars['Int']['input']>;
  metrics: ReadonlyArray<Scalars['ID']['input']>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryAggregatesArgs = {
  bucket?: InputMaybe<Scalars['Duration']['input']>;
  by?: Grouping;
  compare?: InputMaybe<Scalars['Duration']['input']>;
  fill?: Fill;
  from: Scalars['TimeBound']['input'];
  maxPoints?: InputMaybe<Scalars['Int']['input']>;
  metrics: ReadonlyArray<Scalars['ID']['input']>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryAlertArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryAlertsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['TimeBound']['input']>;
  levels?: InputMaybe<ReadonlyArray<Level>>;
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  states?: InputMaybe<ReadonlyArray<AlertState>>;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryBatchArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryBreachesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  where?: InputMaybe<BreachFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryCorrectionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryDocumentArgs = {
  name: Scalars['String']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryDownsampleArgs = {
  from: Scalars['TimeBound']['input'];
  maxPoints?: Scalars['Int']['input'];
  method?: Downsampling;
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryEtlJobArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryEtlRunArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryEtlRunsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  job?: InputMaybe<Scalars['ID']['input']>;
  states?: InputMaybe<ReadonlyArray<EtlState>>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryLatestArgs = {
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryLocationArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryLocationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryReadingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['TimeBound']['input'];
  last?: InputMaybe<Scalars['Int']['input']>;
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  order?: TimeOrder;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryRejectedReadingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  run?: InputMaybe<Scalars['ID']['input']>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QuerySensorArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QuerySensorsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QuerySlaMissesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  jobs?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryStatisticsArgs = {
  by?: Grouping;
  from: Scalars['TimeBound']['input'];
  metrics: ReadonlyArray<Scalars['ID']['input']>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
  where?: InputMaybe<LocationFilter>;
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryThresholdArgs = {
  id: Scalars['ID']['input'];
};


/** Every question about the record: what is where, what was measured, and how it stands against its thresholds. */
export type QueryThresholdsArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  metric?: InputMaybe<Scalars['ID']['input']>;
  where?: InputMaybe<LocationFilter>;
};

/** One value of one sensor and metric at one instant. */
export type Reading = {
  readonly __typename?: 'Reading';
  /** What was loaded together with its value: from where, and in which run; null where that is not known, as of readings from before batches were kept. */
  readonly batch?: Maybe<Batch>;
  /** Whether it was computed from other metrics rather than measured. */
  readonly derived: Scalars['Boolean']['output'];
  /** Where the reading was taken; null for a sensor that was never placed. */
  readonly location?: Maybe<Location>;
  /** What was measured. */
  readonly metric: Metric;
  /** What measured it. */
  readonly sensor: Sensor;
  /** By the thresholds in force at its time, in `latest` by those in force now, where NO_DATA means that it is too old; null where none is in force. */
  readonly status?: Maybe<Status>;
  /** When it was measured, to the microsecond. */
  readonly time: Scalars['DateTime']['output'];
  /** The value, in the metric's unit. */
  readonly value: Scalars['Float']['output'];
};

/** A page of readings. */
export type ReadingConnection = {
  readonly __typename?: 'ReadingConnection';
  /** The readings of this page with their cursors. */
  readonly edges: ReadonlyArray<ReadingEdge>;
  /** The readings of this page. */
  readonly nodes: ReadonlyArray<Reading>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A reading and its place in the order. */
export type ReadingEdge = {
  readonly __typename?: 'ReadingEdge';
  /** Give it as `after` to go on behind this reading. */
  readonly cursor: Scalars['String']['output'];
  /** The reading. */
  readonly node: Reading;
};

/** One value of one sensor and metric at one instant. */
export type ReadingInput = {
  /** The id of the metric, such as `temperature`; one that nobody knows is refused (see `saveMetrics`). */
  readonly metric: Scalars['ID']['input'];
  /** The id of the sensor; one that nobody knows is refused, or registered with `register`. */
  readonly sensor: Scalars['ID']['input'];
  /** RFC 3339 with an offset, or digits: 9 to 11 are seconds since 1970, 12 or more milliseconds. It is text so that one bad entry is refused by itself. */
  readonly time: Scalars['String']['input'];
  /** The value, in the metric's unit; outside of the metric's range it is refused. */
  readonly value: Scalars['Float']['input'];
};

/** A record that could not be loaded, whole. Refused again for the same reason, it counts. */
export type RejectedReading = {
  readonly __typename?: 'RejectedReading';
  /** The rule it breaks. */
  readonly code: RejectionCode;
  /** How often it was refused. */
  readonly count: Scalars['Int']['output'];
  /** When it was refused for the first time. */
  readonly firstSeen: Scalars['DateTime']['output'];
  /** As what a record that could not be taken apart is read again: `csv`, `ndjson`, `json`, or `source`, by a source definition; null where that is not known. */
  readonly format?: Maybe<Scalars['String']['output']>;
  /** Counts up in the order in which records were refused for the first time. */
  readonly id: Scalars['ID']['output'];
  /** When it was refused for the last time. */
  readonly lastSeen: Scalars['DateTime']['output'];
  /** What is wrong with it, in words: the field, the value and the rule. */
  readonly message: Scalars['String']['output'];
  /** The record as it came, in the format of its input: a line of CSV, an object of JSON. */
  readonly record: Scalars['String']['output'];
  /** Whether it is known how it was read, so that `replayRejected` can try it again; not of what was refused before that was kept. */
  readonly replayable: Scalars['Boolean']['output'];
  /** The runs that refused it, the newest first: at most 100; none where no job brought it. */
  readonly runs: ReadonlyArray<EtlRun>;
  /** The name of that source definition; null where it is read by the canonical rules, or how is not known. */
  readonly source?: Maybe<Scalars['String']['output']>;
};

/** A page of rejected readings. */
export type RejectedReadingConnection = {
  readonly __typename?: 'RejectedReadingConnection';
  /** The rejected readings of this page with their cursors. */
  readonly edges: ReadonlyArray<RejectedReadingEdge>;
  /** The rejected readings of this page. */
  readonly nodes: ReadonlyArray<RejectedReading>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many there are, on all pages. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A rejected reading and its place in the order. */
export type RejectedReadingEdge = {
  readonly __typename?: 'RejectedReadingEdge';
  /** Give it as `after` to go on behind this one. */
  readonly cursor: Scalars['String']['output'];
  /** The rejected reading. */
  readonly node: RejectedReading;
};

/** A reading that was refused. */
export type Rejection = {
  readonly __typename?: 'Rejection';
  /** The rule it breaks. */
  readonly code: RejectionCode;
  /** Its position in the input, from 0. */
  readonly index: Scalars['Int']['output'];
  /** What is wrong with it, in words: the field, the value and the rule. */
  readonly message: Scalars['String']['output'];
};

/** Why a reading was not loaded. */
export type RejectionCode =
  /** The time cannot be read, or has no offset and no zone was declared. */
  | 'INVALID_TIME'
  /** The value is not a finite number. */
  | 'INVALID_VALUE'
  /** The record cannot be taken apart. */
  | 'MALFORMED_RECORD'
  /** The time is before 1970 or over an hour ahead of now. */
  | 'TIME_OUT_OF_RANGE'
  /** Nobody has registered the metric. */
  | 'UNKNOWN_METRIC'
  /** Nobody has registered the sensor. */
  | 'UNKNOWN_SENSOR'
  /** The value is outside the metric's range. */
  | 'VALUE_OUT_OF_RANGE';

/** A device, placed at a location since a time. */
export type Sensor = Measured & {
  readonly __typename?: 'Sensor';
  /** Readings of one metric of this sensor, wherever it was, summarised. Without a `fill`, empty points where there are no readings. */
  readonly aggregates: AggregateSeries;
  /** Readings of one metric as a line of a chart, wherever they were taken: no more points than fit, chosen from the readings. Empty points where there are no readings. */
  readonly downsample: DownsampledSeries;
  /** The natural key: the name that input files have for it. */
  readonly id: Scalars['ID']['output'];
  /** The time of its newest reading, wherever it was taken; null where there is none. */
  readonly lastSeen?: Maybe<Scalars['DateTime']['output']>;
  /** The newest reading of every series at its present location, by metric. */
  readonly latest: ReadonlyArray<Reading>;
  /** Where it is now; null for a sensor that was never placed. */
  readonly location?: Maybe<Location>;
  /** What it has measured or derived so far, by id, also where the readings were deleted since. */
  readonly metrics: ReadonlyArray<Metric>;
  /** What people call it; null where nobody said. */
  readonly name?: Maybe<Scalars['String']['output']>;
  /** Readings of one metric of this sensor, wherever it was, by time. */
  readonly readings: ReadingConnection;
  /** What it measured of one metric in a whole range, wherever it was, and how completely: one row. */
  readonly statistics: Statistics;
  /** The worst status among the latest readings, in the order of Status; null where no threshold is in force for any of them. */
  readonly status?: Maybe<Status>;
};


/** A device, placed at a location since a time. */
export type SensorAggregatesArgs = {
  bucket?: InputMaybe<Scalars['Duration']['input']>;
  compare?: InputMaybe<Scalars['Duration']['input']>;
  fill?: Fill;
  from: Scalars['TimeBound']['input'];
  maxPoints?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** A device, placed at a location since a time. */
export type SensorDownsampleArgs = {
  from: Scalars['TimeBound']['input'];
  maxPoints?: Scalars['Int']['input'];
  method?: Downsampling;
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** A device, placed at a location since a time. */
export type SensorLatestArgs = {
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};


/** A device, placed at a location since a time. */
export type SensorReadingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['TimeBound']['input'];
  last?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['ID']['input'];
  order?: TimeOrder;
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};


/** A device, placed at a location since a time. */
export type SensorStatisticsArgs = {
  from: Scalars['TimeBound']['input'];
  metric: Scalars['ID']['input'];
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  to?: InputMaybe<Scalars['TimeBound']['input']>;
};

/** A page of sensors. */
export type SensorConnection = {
  readonly __typename?: 'SensorConnection';
  /** The sensors of this page with their cursors. */
  readonly edges: ReadonlyArray<SensorEdge>;
  /** The sensors of this page. */
  readonly nodes: ReadonlyArray<Sensor>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many sensors match, on all pages. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A sensor and its place in the order. */
export type SensorEdge = {
  readonly __typename?: 'SensorEdge';
  /** Give it as `after` to go on behind this sensor. */
  readonly cursor: Scalars['String']['output'];
  /** The sensor. */
  readonly node: Sensor;
};

/** A sensor as it is to be stored. */
export type SensorInput = {
  /** The natural key: 1 to 200 characters, none of them a control character. */
  readonly id: Scalars['ID']['input'];
  /** The id of the location where it is. Left out or null, its placement stays as it is; the same location again is no move. What was derived before it had a place, by the calendar of the setting TIMEZONE, stays as it is until its input is corrected. */
  readonly location?: InputMaybe<Scalars['ID']['input']>;
  /** What people call it. Left out it keeps what is stored; null clears it. */
  readonly name?: InputMaybe<Scalars['String']['input']>;
  /** The start of this placement; where it is left out a move starts now. The first placement covers all earlier readings; while it is the only one its start can be changed. */
  readonly since?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A tick of a job's schedule whose run had not succeeded in time. */
export type SlaMiss = {
  readonly __typename?: 'SlaMiss';
  /** Give it as `after` to the subscription `slaMissed` to go on behind this one. */
  readonly cursor: Scalars['String']['output'];
  /** When its run should have succeeded at the latest. */
  readonly dueAt: Scalars['DateTime']['output'];
  /** Counts up in the order in which misses were noticed. */
  readonly id: Scalars['ID']['output'];
  /** The job; null where it is no longer declared. */
  readonly job?: Maybe<EtlJob>;
  /** The id of the job, also where it is no longer declared. */
  readonly jobId: Scalars['ID']['output'];
  /** When it was noticed that it had not. */
  readonly recordedAt: Scalars['DateTime']['output'];
  /** The run of the tick as it stands now; null where none was made, or it is no longer kept. */
  readonly run?: Maybe<EtlRun>;
  /** The tick. */
  readonly scheduledFor: Scalars['DateTime']['output'];
};

/** A page of missed service levels. */
export type SlaMissConnection = {
  readonly __typename?: 'SlaMissConnection';
  /** The misses of this page with their cursors. */
  readonly edges: ReadonlyArray<SlaMissEdge>;
  /** The misses of this page. */
  readonly nodes: ReadonlyArray<SlaMiss>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A missed service level and its place in the order. */
export type SlaMissEdge = {
  readonly __typename?: 'SlaMissEdge';
  /** Give it as `after` to go on behind this one, here or in the subscription. */
  readonly cursor: Scalars['String']['output'];
  /** The miss. */
  readonly node: SlaMiss;
};

/** A whole range of one group and metric in one row. What is not asked for is not computed: count, sum, avg, stddev, min, max, first and last come from rollups; cadence, gaps and percentiles take every reading. */
export type Statistics = {
  readonly __typename?: 'Statistics';
  /** The average of all values, in the metric's unit: each reading counts once; null without readings. */
  readonly avg?: Maybe<Scalars['Float']['output']>;
  /** The usual distance from one reading to the next: the median of each series' own, of several series the median of theirs. A sensor that was moved begins a series anew. null where no series has two readings in the range. */
  readonly cadence?: Maybe<Scalars['Duration']['output']>;
  /** How many readings there are. */
  readonly count: Scalars['Int']['output'];
  /** How many there would be if none were missing: for each series the time from its first reading ever, or `from` where that is later, until `to` or now, by its cadence, rounded up; summed, a whole number. Time during which its sensor was elsewhere does not count. null where no series has a cadence. */
  readonly expectedCount?: Maybe<Scalars['Int']['output']>;
  /** The earliest value, in the metric's unit; of several at one instant that of the first sensor by id; null without readings. */
  readonly first?: Maybe<Scalars['Float']['output']>;
  /** When the earliest value was measured; null without readings. */
  readonly firstAt?: Maybe<Scalars['DateTime']['output']>;
  /** The first instant that counts. */
  readonly from: Scalars['DateTime']['output'];
  /** How many stretches without a reading are longer than one and a half times the series' cadence, between readings or from the range's start, or the first reading ever, to the first of them, or from the last to the range's end or now; summed over the series. null where no series has a cadence. */
  readonly gaps?: Maybe<Scalars['Int']['output']>;
  /** What was measured: the place or sensor that this is about. */
  readonly group: Group;
  /** The latest value, in the metric's unit; of several at one instant that of the last sensor by id; null without readings. */
  readonly last?: Maybe<Scalars['Float']['output']>;
  /** When the latest value was measured; null without readings. */
  readonly lastAt?: Maybe<Scalars['DateTime']['output']>;
  /** The longest of these stretches; null where there is none. */
  readonly longestGap?: Maybe<Scalars['Duration']['output']>;
  /** The greatest value, in the metric's unit; null without readings. */
  readonly max?: Maybe<Scalars['Float']['output']>;
  /** When the greatest value was measured first; null without readings. */
  readonly maxAt?: Maybe<Scalars['DateTime']['output']>;
  /** What was measured. */
  readonly metric: Metric;
  /** The least value, in the metric's unit; null without readings. */
  readonly min?: Maybe<Scalars['Float']['output']>;
  /** When the least value was measured first; null without readings. */
  readonly minAt?: Maybe<Scalars['DateTime']['output']>;
  /** The value below which a share of the readings lies, in the metric's unit, exactly: between two readings on the straight line between them; null without readings. */
  readonly percentile?: Maybe<Scalars['Float']['output']>;
  /** The greatest value less the least, in the metric's unit; null without readings. */
  readonly range?: Maybe<Scalars['Float']['output']>;
  /** The standard deviation of the sample, in the metric's unit; null below two readings. */
  readonly stddev?: Maybe<Scalars['Float']['output']>;
  /** The sum of all values, in the metric's unit; null without readings. */
  readonly sum?: Maybe<Scalars['Float']['output']>;
  /** For how many seconds values had a status, each for as long as it holds, summed over the group's series. For NO_DATA: for how many seconds the newest reading was too old, whatever `maxGap`. */
  readonly timeIn: Scalars['Float']['output'];
  /** The average in which each value counts for as long as it holds, until the next reading of its series, but no longer than `maxGap` and not beyond now, also from before the range; null where nothing holds. */
  readonly timeWeightedAvg?: Maybe<Scalars['Float']['output']>;
  /** The first instant that no longer counts. */
  readonly to: Scalars['DateTime']['output'];
};


/** A whole range of one group and metric in one row. What is not asked for is not computed: count, sum, avg, stddev, min, max, first and last come from rollups; cadence, gaps and percentiles take every reading. */
export type StatisticsPercentileArgs = {
  p: Scalars['Float']['input'];
};


/** A whole range of one group and metric in one row. What is not asked for is not computed: count, sum, avg, stddev, min, max, first and last come from rollups; cadence, gaps and percentiles take every reading. */
export type StatisticsTimeInArgs = {
  maxGap?: Scalars['Duration']['input'];
  status: Status;
  thresholdsAsOf?: ThresholdsAsOf;
};


/** A whole range of one group and metric in one row. What is not asked for is not computed: count, sum, avg, stddev, min, max, first and last come from rollups; cadence, gaps and percentiles take every reading. */
export type StatisticsTimeWeightedAvgArgs = {
  maxGap?: Scalars['Duration']['input'];
};

/**
 * How a value stands against the thresholds in force at its time, in this order; null where a Status stands means that no threshold is in force.
 * For each level apart, the thresholds of the most specific matching scope decide: the level holds if one of their bands contains the value.
 */
export type Status =
  /** The value is in a band of level CRITICAL. */
  | 'CRITICAL'
  /** A threshold is in force and none of their bands contains the value. */
  | 'NORMAL'
  /** The newest reading is older than a threshold's `noDataAfter` allows. */
  | 'NO_DATA'
  /** The value is in a band of level WARNING. */
  | 'WARNING';

/** Which of a point's values is judged. */
export type StatusOf =
  /** The average of all values. */
  | 'AVG'
  /** The earliest value. */
  | 'FIRST'
  /** The latest value. */
  | 'LAST'
  /** The greatest value. */
  | 'MAX'
  /** The least value. */
  | 'MIN'
  /** The worse of the statuses of MIN and MAX, so that a cold band is not missed. */
  | 'WORST';

/** The store itself: what it runs on and how much it holds. */
export type Store = {
  readonly __typename?: 'Store';
  /** How rollups are kept: `postgres` or `timescale`; decided when the store was created. */
  readonly engine: Scalars['String']['output'];
  /** The time of the newest reading, null in an empty store. */
  readonly newest?: Maybe<Scalars['DateTime']['output']>;
  /** How many readings, derived ones too; a Float because there may be more than an Int can count. */
  readonly readings: Scalars['Float']['output'];
  /** How many series: one for each sensor, metric and location that has readings. */
  readonly series: Scalars['Int']['output'];
  /** How many pairs of a series and a UTC day have rollups that are behind; answers are exact all the same. */
  readonly staleDays: Scalars['Int']['output'];
  /** The zone of questions that name none: the setting TIMEZONE. */
  readonly timezone: Scalars['TimeZone']['output'];
  /** The database server, such as `PostgreSQL 17.9`, and TimescaleDB where it is used. */
  readonly version: Scalars['String']['output'];
};

/** A query that is known by a name, so that it can be exported as a file. */
export type StoredDocument = {
  readonly __typename?: 'StoredDocument';
  /** The columns of the export, in order; none where `problem` says why it cannot be used. A variable that decides by @skip or @include is taken for true by @include and false by @skip, so that every column is named. */
  readonly columns: ReadonlyArray<Scalars['String']['output']>;
  /** The comment at its top, which says what it is for; null where there is none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** What it is asked for by, as in `/export/{name}.csv`. */
  readonly name: Scalars['String']['output'];
  /** Where it comes from. */
  readonly origin: DocumentOrigin;
  /** Why it cannot be used, such as a field that the schema does not have; null where it can. */
  readonly problem?: Maybe<Scalars['String']['output']>;
  /** When it was saved; null for a file. */
  readonly savedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The GraphQL document. */
  readonly text: Scalars['String']['output'];
  /** Its variables, which are parameters of the export; none where `problem` says why it cannot be used. */
  readonly variables: ReadonlyArray<DocumentVariable>;
};

/** What happens, as it happens. It is answered as a stream: by WebSocket (graphql-transport-ws), or as server-sent events where the request says `accept: text/event-stream`. */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * Every breach from now on, in the order of the commits, within a second of its commit: each exactly once for each cursor.
   *
   * The first frame comes at once: a heartbeat, or, with `after`, what was missed since, then a heartbeat that says `live`. Further heartbeats come every 5 s (the setting
   * HEARTBEAT_INTERVAL_MS, at most 10 s), and move the cursor too. Whoever keeps the last cursor loses nothing, whatever becomes of its connection or of the gateway, and may
   * go on at another one. A cursor that is of another store, ahead of this one, or older than what is kept ends the subscription with CURSOR_EXPIRED and the `oldest` cursor there is.
   */
  readonly breaches: BreachFrame;
  /**
   * A run as it stands now, then again after each change of its state, its steps and its progress, at most five times a second, until it is finished: then its last state is told, and
   * the subscription completes. It is answered from what is stored, so it may be followed at any gateway over the same store.
   */
  readonly etlRun: EtlRun;
  /**
   * First the newest reading of every series whose sensor is there now, then, at most once per `every`, the newest readings of the series that have another one than before:
   * by sensor, then metric, each list with one for each series. Readings that came in between are not told, so it is for pictures of the present and not for records.
   *
   * A client that takes slowly what it is sent is not told everything later: it misses frames, and gets in one frame what has changed since it was told last. That a series
   * falls silent is no reading: `breaches` tells it.
   */
  readonly latest: ReadonlyArray<Reading>;
  /**
   * Every missed service level from now on, each once, as soon as it is noticed. With `after` those that were missed since that cursor come first. In between nothing is told: that
   * no message comes says that nothing is late, for as long as the connection is there.
   */
  readonly slaMissed: SlaMiss;
};


/** What happens, as it happens. It is answered as a stream: by WebSocket (graphql-transport-ws), or as server-sent events where the request says `accept: text/event-stream`. */
export type SubscriptionBreachesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  where?: InputMaybe<BreachFilter>;
};


/** What happens, as it happens. It is answered as a stream: by WebSocket (graphql-transport-ws), or as server-sent events where the request says `accept: text/event-stream`. */
export type SubscriptionEtlRunArgs = {
  id: Scalars['ID']['input'];
};


/** What happens, as it happens. It is answered as a stream: by WebSocket (graphql-transport-ws), or as server-sent events where the request says `accept: text/event-stream`. */
export type SubscriptionLatestArgs = {
  every?: Scalars['Duration']['input'];
  metrics?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  sensors?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  where?: InputMaybe<LocationFilter>;
};


/** What happens, as it happens. It is answered as a stream: by WebSocket (graphql-transport-ws), or as server-sent events where the request says `accept: text/event-stream`. */
export type SubscriptionSlaMissedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  jobs?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};

/** A band: its level holds while min ≤ value ≤ max; of two bounds an absent one is unbounded. Without bounds it has no band and judges silence alone. */
export type Threshold = {
  readonly __typename?: 'Threshold';
  /** How long it must stay out of the band before the breach is over. */
  readonly clearDuration: Scalars['Duration']['output'];
  /** How far the value must leave the band before the breach is over, in the metric's unit. */
  readonly clearMargin: Scalars['Float']['output'];
  /** The first instant at which it is in force; null is unbounded. */
  readonly effectiveFrom?: Maybe<Scalars['DateTime']['output']>;
  /** The first instant at which it is no longer in force; null is unbounded. */
  readonly effectiveTo?: Maybe<Scalars['DateTime']['output']>;
  /** A disabled threshold is not in force. */
  readonly enabled: Scalars['Boolean']['output'];
  /** How long the value must stay in the band before it counts as a breach. */
  readonly forDuration: Scalars['Duration']['output'];
  /** Stays the same when it is updated. */
  readonly id: Scalars['ID']['output'];
  /** What a value in the band means. */
  readonly level: Level;
  /** The greatest value of the band, in the metric's unit; null is unbounded. Without `min` and `max` there is no band, only silence is judged. */
  readonly max?: Maybe<Scalars['Float']['output']>;
  /** The metric whose values it judges. */
  readonly metric: Metric;
  /** The least value of the band, in the metric's unit; null is unbounded. Without `min` and `max` there is no band, only silence is judged. */
  readonly min?: Maybe<Scalars['Float']['output']>;
  /** When the newest value of a series is older than this, it is NO_DATA; null never is. */
  readonly noDataAfter?: Maybe<Scalars['Duration']['output']>;
  /** Where it applies. */
  readonly scope: ThresholdScope;
};

/** A threshold as it is to be. */
export type ThresholdInput = {
  /** How long it must stay out of the band before the breach is over. */
  readonly clearDuration?: InputMaybe<Scalars['Duration']['input']>;
  /** How far the value must leave the band before the breach is over, in the metric's unit. */
  readonly clearMargin?: InputMaybe<Scalars['Float']['input']>;
  /** The first instant at which it is in force; left out or null it is unbounded. */
  readonly effectiveFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** The first instant at which it is no longer in force; left out or null it is unbounded. */
  readonly effectiveTo?: InputMaybe<Scalars['DateTime']['input']>;
  /** A disabled threshold is not in force. */
  readonly enabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** How long the value must stay in the band before it counts as a breach. */
  readonly forDuration?: InputMaybe<Scalars['Duration']['input']>;
  /** What a value in the band means. */
  readonly level: Level;
  /** The greatest value of the band, in the metric's unit; left out or null it is unbounded. Not less than `min`. Without `min` and `max` there is no band, only silence is judged, so that `noDataAfter` must be given. */
  readonly max?: InputMaybe<Scalars['Float']['input']>;
  /** The id of the metric whose values it judges; one that nobody knows is refused (NOT_FOUND). */
  readonly metric: Scalars['ID']['input'];
  /** The least value of the band, in the metric's unit; left out or null it is unbounded. Without `min` and `max` there is no band, only silence is judged, so that `noDataAfter` must be given. */
  readonly min?: InputMaybe<Scalars['Float']['input']>;
  /** When the newest value of a series is older than this, it is NO_DATA, with the level as its alert's; left out or null it never is. Must be given where `min` and `max` are not. */
  readonly noDataAfter?: InputMaybe<Scalars['Duration']['input']>;
  /** Where it applies; left out or null, everywhere. */
  readonly scope?: InputMaybe<ThresholdScopeInput>;
};

/** Where a threshold applies: where all fields that are set match; none set means everywhere. Of several that apply the most specific decides: by the narrowest field, then by the number of fields. */
export type ThresholdScope = {
  readonly __typename?: 'ThresholdScope';
  /** In areas of this name; null is any. */
  readonly area?: Maybe<Scalars['String']['output']>;
  /** In buildings of this name; null is any. */
  readonly building?: Maybe<Scalars['String']['output']>;
  /** In the factory of this name; null is any. */
  readonly factory?: Maybe<Scalars['String']['output']>;
  /** On floors of this number; null is any. */
  readonly floor?: Maybe<Scalars['Int']['output']>;
  /** At the location with this id; null is any. */
  readonly location?: Maybe<Scalars['ID']['output']>;
  /** For the sensor with this id, wherever it is; null is any. */
  readonly sensor?: Maybe<Scalars['ID']['output']>;
};

/** Where a threshold is to apply: where all fields that are given match; none given means everywhere. */
export type ThresholdScopeInput = {
  /** In areas of this name. */
  readonly area?: InputMaybe<Scalars['String']['input']>;
  /** In buildings of this name. */
  readonly building?: InputMaybe<Scalars['String']['input']>;
  /** In the factory of this name. */
  readonly factory?: InputMaybe<Scalars['String']['input']>;
  /** On floors of this number. */
  readonly floor?: InputMaybe<Scalars['Int']['input']>;
  /** At the location with this id; one that is not there is refused (NOT_FOUND). */
  readonly location?: InputMaybe<Scalars['ID']['input']>;
  /** For the sensor with this id; one that is not there is refused (NOT_FOUND). */
  readonly sensor?: InputMaybe<Scalars['ID']['input']>;
};

/** Which thresholds judge the values of the past. */
export type ThresholdsAsOf =
  /** Those that are in force now, as if they always had been. */
  | 'NOW'
  /** Those that were in force at each time. */
  | 'THEN';

/** Which way a list by time runs. */
export type TimeOrder =
  /** Earliest first. */
  | 'ASCENDING'
  /** Latest first. */
  | 'DESCENDING';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Measured:
    | ( LocationParent )
    | ( SensorParent )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AggregateColumns: ResolverTypeWrapper<AggregateParent>;
  AggregatePoint: ResolverTypeWrapper<PointParent>;
  AggregateRow: ResolverTypeWrapper<PointParent>;
  AggregateSeries: ResolverTypeWrapper<AggregateParent>;
  Alert: ResolverTypeWrapper<AlertParent>;
  AlertConnection: ResolverTypeWrapper<AlertPageParent>;
  AlertEdge: ResolverTypeWrapper<Omit<AlertEdge, 'node'> & { node: ResolversTypes['Alert'] }>;
  AlertKind: AlertKind;
  AlertState: AlertState;
  Batch: ResolverTypeWrapper<BatchParent>;
  BatchConnection: ResolverTypeWrapper<Omit<BatchConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['BatchEdge']>, nodes: ReadonlyArray<ResolversTypes['Batch']> }>;
  BatchEdge: ResolverTypeWrapper<Omit<BatchEdge, 'node'> & { node: ResolversTypes['Batch'] }>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  BoundingBox: BoundingBox;
  Breach: ResolverTypeWrapper<BreachParent>;
  BreachConnection: ResolverTypeWrapper<Omit<BreachConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['BreachEdge']>, nodes: ReadonlyArray<ResolversTypes['Breach']> }>;
  BreachEdge: ResolverTypeWrapper<Omit<BreachEdge, 'node'> & { node: ResolversTypes['Breach'] }>;
  BreachFilter: BreachFilter;
  BreachFrame: ResolverTypeWrapper<Omit<BreachFrame, 'breach'> & { breach?: Maybe<ResolversTypes['Breach']> }>;
  BreachKind: BreachKind;
  Correction: ResolverTypeWrapper<CorrectionParent>;
  CorrectionConnection: ResolverTypeWrapper<Omit<CorrectionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['CorrectionEdge']>, nodes: ReadonlyArray<ResolversTypes['Correction']> }>;
  CorrectionEdge: ResolverTypeWrapper<Omit<CorrectionEdge, 'node'> & { node: ResolversTypes['Correction'] }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DocumentOrigin: DocumentOrigin;
  DocumentVariable: ResolverTypeWrapper<DocumentVariable>;
  DownsampledColumns: ResolverTypeWrapper<DownsampledParent>;
  DownsampledPoint: ResolverTypeWrapper<DownsampledPoint>;
  DownsampledSeries: ResolverTypeWrapper<DownsampledParent>;
  Downsampling: Downsampling;
  Duration: ResolverTypeWrapper<Scalars['Duration']['output']>;
  EtlAlertChanges: ResolverTypeWrapper<EtlAlertChanges>;
  EtlBreachCount: ResolverTypeWrapper<EtlBreachCount>;
  EtlFreshness: ResolverTypeWrapper<EtlFreshnessParent>;
  EtlJob: ResolverTypeWrapper<EtlJobParent>;
  EtlRejectedCount: ResolverTypeWrapper<EtlRejectedCount>;
  EtlRun: ResolverTypeWrapper<EtlRunParent>;
  EtlRunConnection: ResolverTypeWrapper<Omit<EtlRunConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['EtlRunEdge']>, nodes: ReadonlyArray<ResolversTypes['EtlRun']> }>;
  EtlRunEdge: ResolverTypeWrapper<Omit<EtlRunEdge, 'node'> & { node: ResolversTypes['EtlRun'] }>;
  EtlRunKind: EtlRunKind;
  EtlSeries: ResolverTypeWrapper<EtlSeriesParent>;
  EtlSeriesChange: ResolverTypeWrapper<EtlSeriesChangeParent>;
  EtlSeriesConnection: ResolverTypeWrapper<Omit<EtlSeriesConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['EtlSeriesEdge']>, nodes: ReadonlyArray<ResolversTypes['EtlSeries']> }>;
  EtlSeriesEdge: ResolverTypeWrapper<Omit<EtlSeriesEdge, 'node'> & { node: ResolversTypes['EtlSeries'] }>;
  EtlSourceKind: EtlSourceKind;
  EtlState: EtlState;
  EtlStatusCount: ResolverTypeWrapper<EtlStatusCount>;
  EtlStep: ResolverTypeWrapper<EtlStepParent>;
  EtlValueChange: ResolverTypeWrapper<EtlValueChange>;
  EtlWouldChange: ResolverTypeWrapper<EtlWouldChangeParent>;
  Fill: Fill;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  Group: ResolverTypeWrapper<GroupParent>;
  Grouping: Grouping;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  IngestResult: ResolverTypeWrapper<IngestResult>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Level: Level;
  Location: ResolverTypeWrapper<LocationParent>;
  LocationConnection: ResolverTypeWrapper<Omit<LocationConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['LocationEdge']>, nodes: ReadonlyArray<ResolversTypes['Location']> }>;
  LocationEdge: ResolverTypeWrapper<Omit<LocationEdge, 'node'> & { node: ResolversTypes['Location'] }>;
  LocationFilter: LocationFilter;
  LocationInput: LocationInput;
  Measured: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Measured']>;
  Metric: ResolverTypeWrapper<MetricParent>;
  MetricInput: MetricInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Plan: ResolverTypeWrapper<AggregateParent>;
  PlanPiece: ResolverTypeWrapper<PlanPiece>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Reading: ResolverTypeWrapper<ReadingParent>;
  ReadingConnection: ResolverTypeWrapper<Omit<ReadingConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ReadingEdge']>, nodes: ReadonlyArray<ResolversTypes['Reading']> }>;
  ReadingEdge: ResolverTypeWrapper<Omit<ReadingEdge, 'node'> & { node: ResolversTypes['Reading'] }>;
  ReadingInput: ReadingInput;
  RejectedReading: ResolverTypeWrapper<RejectedReadingParent>;
  RejectedReadingConnection: ResolverTypeWrapper<RejectedReadingPageParent>;
  RejectedReadingEdge: ResolverTypeWrapper<Omit<RejectedReadingEdge, 'node'> & { node: ResolversTypes['RejectedReading'] }>;
  Rejection: ResolverTypeWrapper<Rejection>;
  RejectionCode: RejectionCode;
  Sensor: ResolverTypeWrapper<SensorParent>;
  SensorConnection: ResolverTypeWrapper<Omit<SensorConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['SensorEdge']>, nodes: ReadonlyArray<ResolversTypes['Sensor']> }>;
  SensorEdge: ResolverTypeWrapper<Omit<SensorEdge, 'node'> & { node: ResolversTypes['Sensor'] }>;
  SensorInput: SensorInput;
  SlaMiss: ResolverTypeWrapper<SlaMissParent>;
  SlaMissConnection: ResolverTypeWrapper<Omit<SlaMissConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['SlaMissEdge']>, nodes: ReadonlyArray<ResolversTypes['SlaMiss']> }>;
  SlaMissEdge: ResolverTypeWrapper<Omit<SlaMissEdge, 'node'> & { node: ResolversTypes['SlaMiss'] }>;
  Statistics: ResolverTypeWrapper<StatisticsParent>;
  Status: Status;
  StatusOf: StatusOf;
  Store: ResolverTypeWrapper<StoreParent>;
  StoredDocument: ResolverTypeWrapper<DocumentParent>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Threshold: ResolverTypeWrapper<ThresholdParent>;
  ThresholdInput: ThresholdInput;
  ThresholdScope: ResolverTypeWrapper<ThresholdScopeParent>;
  ThresholdScopeInput: ThresholdScopeInput;
  ThresholdsAsOf: ThresholdsAsOf;
  TimeBound: ResolverTypeWrapper<Scalars['TimeBound']['output']>;
  TimeOrder: TimeOrder;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AggregateColumns: AggregateParent;
  AggregatePoint: PointParent;
  AggregateRow: PointParent;
  AggregateSeries: AggregateParent;
  Alert: AlertParent;
  AlertConnection: AlertPageParent;
  AlertEdge: Omit<AlertEdge, 'node'> & { node: ResolversParentTypes['Alert'] };
  Batch: BatchParent;
  BatchConnection: Omit<BatchConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['BatchEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Batch']> };
  BatchEdge: Omit<BatchEdge, 'node'> & { node: ResolversParentTypes['Batch'] };
  Boolean: Scalars['Boolean']['output'];
  BoundingBox: BoundingBox;
  Breach: BreachParent;
  BreachConnection: Omit<BreachConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['BreachEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Breach']> };
  BreachEdge: Omit<BreachEdge, 'node'> & { node: ResolversParentTypes['Breach'] };
  BreachFilter: BreachFilter;
  BreachFrame: Omit<BreachFrame, 'breach'> & { breach?: Maybe<ResolversParentTypes['Breach']> };
  Correction: CorrectionParent;
  CorrectionConnection: Omit<CorrectionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['CorrectionEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Correction']> };
  CorrectionEdge: Omit<CorrectionEdge, 'node'> & { node: ResolversParentTypes['Correction'] };
  DateTime: Scalars['DateTime']['output'];
  DocumentVariable: DocumentVariable;
  DownsampledColumns: DownsampledParent;
  DownsampledPoint: DownsampledPoint;
  DownsampledSeries: DownsampledParent;
  Duration: Scalars['Duration']['output'];
  EtlAlertChanges: EtlAlertChanges;
  EtlBreachCount: EtlBreachCount;
  EtlFreshness: EtlFreshnessParent;
  EtlJob: EtlJobParent;
  EtlRejectedCount: EtlRejectedCount;
  EtlRun: EtlRunParent;
  EtlRunConnection: Omit<EtlRunConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['EtlRunEdge']>, nodes: ReadonlyArray<ResolversParentTypes['EtlRun']> };
  EtlRunEdge: Omit<EtlRunEdge, 'node'> & { node: ResolversParentTypes['EtlRun'] };
  EtlSeries: EtlSeriesParent;
  EtlSeriesChange: EtlSeriesChangeParent;
  EtlSeriesConnection: Omit<EtlSeriesConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['EtlSeriesEdge']>, nodes: ReadonlyArray<ResolversParentTypes['EtlSeries']> };
  EtlSeriesEdge: Omit<EtlSeriesEdge, 'node'> & { node: ResolversParentTypes['EtlSeries'] };
  EtlStatusCount: EtlStatusCount;
  EtlStep: EtlStepParent;
  EtlValueChange: EtlValueChange;
  EtlWouldChange: EtlWouldChangeParent;
  Float: Scalars['Float']['output'];
  Group: GroupParent;
  ID: Scalars['ID']['output'];
  IngestResult: IngestResult;
  Int: Scalars['Int']['output'];
  Location: LocationParent;
  LocationConnection: Omit<LocationConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['LocationEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Location']> };
  LocationEdge: Omit<LocationEdge, 'node'> & { node: ResolversParentTypes['Location'] };
  LocationFilter: LocationFilter;
  LocationInput: LocationInput;
  Measured: ResolversInterfaceTypes<ResolversParentTypes>['Measured'];
  Metric: MetricParent;
  MetricInput: MetricInput;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Plan: AggregateParent;
  PlanPiece: PlanPiece;
  Query: Record<PropertyKey, never>;
  Reading: ReadingParent;
  ReadingConnection: Omit<ReadingConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ReadingEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Reading']> };
  ReadingEdge: Omit<ReadingEdge, 'node'> & { node: ResolversParentTypes['Reading'] };
  ReadingInput: ReadingInput;
  RejectedReading: RejectedReadingParent;
  RejectedReadingConnection: RejectedReadingPageParent;
  RejectedReadingEdge: Omit<RejectedReadingEdge, 'node'> & { node: ResolversParentTypes['RejectedReading'] };
  Rejection: Rejection;
  Sensor: SensorParent;
  SensorConnection: Omit<SensorConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['SensorEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Sensor']> };
  SensorEdge: Omit<SensorEdge, 'node'> & { node: ResolversParentTypes['Sensor'] };
  SensorInput: SensorInput;
  SlaMiss: SlaMissParent;
  SlaMissConnection: Omit<SlaMissConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['SlaMissEdge']>, nodes: ReadonlyArray<ResolversParentTypes['SlaMiss']> };
  SlaMissEdge: Omit<SlaMissEdge, 'node'> & { node: ResolversParentTypes['SlaMiss'] };
  Statistics: StatisticsParent;
  Store: StoreParent;
  StoredDocument: DocumentParent;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  Threshold: ThresholdParent;
  ThresholdInput: ThresholdInput;
  ThresholdScope: ThresholdScopeParent;
  ThresholdScopeInput: ThresholdScopeInput;
  TimeBound: Scalars['TimeBound']['output'];
  TimeZone: Scalars['TimeZone']['output'];
};

export type CostDirectiveArgs = {
  weight: Scalars['String']['input'];
};

export type CostDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = CostDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ListSizeDirectiveArgs = {
  assumedSize?: Maybe<Scalars['Int']['input']>;
  requireOneSlicingArgument?: Maybe<Scalars['Boolean']['input']>;
  sizedFields?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  slicingArguments?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type ListSizeDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = ListSizeDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AggregateColumnsResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AggregateColumns'] = ResolversParentTypes['AggregateColumns']> = {
  avg?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  compared?: Resolver<Maybe<ResolversTypes['AggregateColumns']>, ParentType, ContextType>;
  count?: Resolver<ReadonlyArray<ResolversTypes['Int']>, ParentType, ContextType>;
  end?: Resolver<ReadonlyArray<ResolversTypes['DateTime']>, ParentType, ContextType>;
  filled?: Resolver<ReadonlyArray<ResolversTypes['Boolean']>, ParentType, ContextType>;
  first?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  last?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  max?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  min?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  percentile?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType, RequireFields<AggregateColumnsPercentileArgs, 'p'>>;
  provisional?: Resolver<ReadonlyArray<ResolversTypes['Boolean']>, ParentType, ContextType>;
  range?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  start?: Resolver<ReadonlyArray<ResolversTypes['DateTime']>, ParentType, ContextType>;
  status?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Status']>>, ParentType, ContextType, RequireFields<AggregateColumnsStatusArgs, 'of'>>;
  stddev?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  sum?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  timeIn?: Resolver<ReadonlyArray<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<AggregateColumnsTimeInArgs, 'maxGap' | 'status' | 'thresholdsAsOf'>>;
  timeWeightedAvg?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType, RequireFields<AggregateColumnsTimeWeightedAvgArgs, 'maxGap'>>;
};

export type AggregatePointResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AggregatePoint'] = ResolversParentTypes['AggregatePoint']> = {
  avg?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  compared?: Resolver<Maybe<ResolversTypes['AggregatePoint']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  end?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  filled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  first?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  last?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  min?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  percentile?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<AggregatePointPercentileArgs, 'p'>>;
  provisional?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  range?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  start?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType, RequireFields<AggregatePointStatusArgs, 'of'>>;
  stddev?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  sum?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  timeIn?: Resolver<ResolversTypes['Float'], ParentType, ContextType, RequireFields<AggregatePointTimeInArgs, 'maxGap' | 'status' | 'thresholdsAsOf'>>;
  timeWeightedAvg?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<AggregatePointTimeWeightedAvgArgs, 'maxGap'>>;
};

export type AggregateRowResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AggregateRow'] = ResolversParentTypes['AggregateRow']> = {
  area?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  avg?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  building?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  compared?: Resolver<Maybe<ResolversTypes['AggregateRow']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  end?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  factory?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  filled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  first?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  floor?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  last?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  min?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  percentile?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<AggregateRowPercentileArgs, 'p'>>;
  provisional?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  range?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  sensor?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  start?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType, RequireFields<AggregateRowStatusArgs, 'of'>>;
  stddev?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  sum?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  timeIn?: Resolver<ResolversTypes['Float'], ParentType, ContextType, RequireFields<AggregateRowTimeInArgs, 'maxGap' | 'status' | 'thresholdsAsOf'>>;
  timeWeightedAvg?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<AggregateRowTimeWeightedAvgArgs, 'maxGap'>>;
  unit?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type AggregateSeriesResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AggregateSeries'] = ResolversParentTypes['AggregateSeries']> = {
  bucket?: Resolver<ResolversTypes['Duration'], ParentType, ContextType>;
  columns?: Resolver<ResolversTypes['AggregateColumns'], ParentType, ContextType>;
  group?: Resolver<ResolversTypes['Group'], ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  plan?: Resolver<ResolversTypes['Plan'], ParentType, ContextType>;
  points?: Resolver<ReadonlyArray<ResolversTypes['AggregatePoint']>, ParentType, ContextType>;
  timeIn?: Resolver<ResolversTypes['Float'], ParentType, ContextType, RequireFields<AggregateSeriesTimeInArgs, 'maxGap' | 'status' | 'thresholdsAsOf'>>;
  timezone?: Resolver<ResolversTypes['TimeZone'], ParentType, ContextType>;
};

export type AlertResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Alert'] = ResolversParentTypes['Alert']> = {
  breaches?: Resolver<ReadonlyArray<ResolversTypes['Breach']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['AlertKind'], ParentType, ContextType>;
  level?: Resolver<ResolversTypes['Level'], ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  openedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  peak?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  resolvedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['AlertState'], ParentType, ContextType>;
  threshold?: Resolver<ResolversTypes['Threshold'], ParentType, ContextType>;
  withdrawn?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type AlertConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AlertConnection'] = ResolversParentTypes['AlertConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['AlertEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Alert']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type AlertEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AlertEdge'] = ResolversParentTypes['AlertEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Alert'], ParentType, ContextType>;
};

export type BatchResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Batch'] = ResolversParentTypes['Batch']> = {
  breaches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  committedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  corrected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  corrections?: Resolver<ResolversTypes['CorrectionConnection'], ParentType, ContextType, RequireFields<BatchCorrectionsArgs, 'first'>>;
  derived?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  loaded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  positionFrom?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  positionTo?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  received?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['EtlRun']>, ParentType, ContextType>;
  source?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  unchanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type BatchConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BatchConnection'] = ResolversParentTypes['BatchConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['BatchEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Batch']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BatchEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BatchEdge'] = ResolversParentTypes['BatchEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Batch'], ParentType, ContextType>;
};

export type BreachResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Breach'] = ResolversParentTypes['Breach']> = {
  alert?: Resolver<ResolversTypes['Alert'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['BreachKind'], ParentType, ContextType>;
  late?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  measuredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  number?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  previous?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType>;
  recordedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType>;
  threshold?: Resolver<Maybe<ResolversTypes['Threshold']>, ParentType, ContextType>;
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type BreachConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BreachConnection'] = ResolversParentTypes['BreachConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['BreachEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Breach']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BreachEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BreachEdge'] = ResolversParentTypes['BreachEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Breach'], ParentType, ContextType>;
};

export type BreachFrameResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BreachFrame'] = ResolversParentTypes['BreachFrame']> = {
  breach?: Resolver<Maybe<ResolversTypes['Breach']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  evaluatedThrough?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  live?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type CorrectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Correction'] = ResolversParentTypes['Correction']> = {
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  newBatch?: Resolver<Maybe<ResolversTypes['Batch']>, ParentType, ContextType>;
  newValue?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  oldBatch?: Resolver<Maybe<ResolversTypes['Batch']>, ParentType, ContextType>;
  oldValue?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type CorrectionConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CorrectionConnection'] = ResolversParentTypes['CorrectionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['CorrectionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Correction']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CorrectionEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CorrectionEdge'] = ResolversParentTypes['CorrectionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Correction'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DocumentVariableResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DocumentVariable'] = ResolversParentTypes['DocumentVariable']> = {
  default?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  required?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type DownsampledColumnsResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DownsampledColumns'] = ResolversParentTypes['DownsampledColumns']> = {
  time?: Resolver<ReadonlyArray<ResolversTypes['DateTime']>, ParentType, ContextType>;
  value?: Resolver<ReadonlyArray<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type DownsampledPointResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DownsampledPoint'] = ResolversParentTypes['DownsampledPoint']> = {
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type DownsampledSeriesResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DownsampledSeries'] = ResolversParentTypes['DownsampledSeries']> = {
  columns?: Resolver<ResolversTypes['DownsampledColumns'], ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  points?: Resolver<ReadonlyArray<ResolversTypes['DownsampledPoint']>, ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
};

export interface DurationScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Duration'], any> {
  name: 'Duration';
}

export type EtlAlertChangesResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlAlertChanges'] = ResolversParentTypes['EtlAlertChanges']> = {
  changed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  opened?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  openedAndResolved?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  resolved?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  withdrawn?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EtlBreachCountResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlBreachCount'] = ResolversParentTypes['EtlBreachCount']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['BreachKind'], ParentType, ContextType>;
};

export type EtlFreshnessResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlFreshness'] = ResolversParentTypes['EtlFreshness']> = {
  lag?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  lastTime?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  late?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  loadedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  series?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EtlJobResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlJob'] = ResolversParentTypes['EtlJob']> = {
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  freshness?: Resolver<ResolversTypes['EtlFreshness'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastRun?: Resolver<Maybe<ResolversTypes['EtlRun']>, ParentType, ContextType>;
  lastSuccess?: Resolver<Maybe<ResolversTypes['EtlRun']>, ParentType, ContextType>;
  nextRunAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  problem?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  retries?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  retryDelay?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  schedule?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  series?: Resolver<ResolversTypes['EtlSeriesConnection'], ParentType, ContextType, RequireFields<EtlJobSeriesArgs, 'first'>>;
  sla?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  sourceKind?: Resolver<Maybe<ResolversTypes['EtlSourceKind']>, ParentType, ContextType>;
  timeout?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  timezone?: Resolver<Maybe<ResolversTypes['TimeZone']>, ParentType, ContextType>;
};

export type EtlRejectedCountResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlRejectedCount'] = ResolversParentTypes['EtlRejectedCount']> = {
  code?: Resolver<ResolversTypes['RejectionCode'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EtlRunResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlRun'] = ResolversParentTypes['EtlRun']> = {
  attempt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  batches?: Resolver<ResolversTypes['BatchConnection'], ParentType, ContextType, RequireFields<EtlRunBatchesArgs, 'first'>>;
  breaches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  corrected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  derived?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  doneUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  dryRun?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  host?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  job?: Resolver<Maybe<ResolversTypes['EtlJob']>, ParentType, ContextType>;
  jobId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['EtlRunKind'], ParentType, ContextType>;
  loaded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  progress?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  queuedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  received?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  scheduledFor?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['EtlState'], ParentType, ContextType>;
  steps?: Resolver<ReadonlyArray<ResolversTypes['EtlStep']>, ParentType, ContextType>;
  to?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  unchanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  wouldChange?: Resolver<Maybe<ResolversTypes['EtlWouldChange']>, ParentType, ContextType>;
};

export type EtlRunConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlRunConnection'] = ResolversParentTypes['EtlRunConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['EtlRunEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['EtlRun']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type EtlRunEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlRunEdge'] = ResolversParentTypes['EtlRunEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['EtlRun'], ParentType, ContextType>;
};

export type EtlSeriesResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlSeries'] = ResolversParentTypes['EtlSeries']> = {
  firstTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lag?: Resolver<ResolversTypes['Duration'], ParentType, ContextType>;
  lastTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  late?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  loadedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
};

export type EtlSeriesChangeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlSeriesChange'] = ResolversParentTypes['EtlSeriesChange']> = {
  corrected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  examples?: Resolver<ReadonlyArray<ResolversTypes['EtlValueChange']>, ParentType, ContextType>;
  loaded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  readingsAfter?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  readingsBefore?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type EtlSeriesConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlSeriesConnection'] = ResolversParentTypes['EtlSeriesConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['EtlSeriesEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['EtlSeries']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type EtlSeriesEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlSeriesEdge'] = ResolversParentTypes['EtlSeriesEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['EtlSeries'], ParentType, ContextType>;
};

export type EtlStatusCountResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlStatusCount'] = ResolversParentTypes['EtlStatusCount']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType>;
};

export type EtlStepResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlStep'] = ResolversParentTypes['EtlStep']> = {
  attempt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  detail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  durationMs?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  finished?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type EtlValueChangeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlValueChange'] = ResolversParentTypes['EtlValueChange']> = {
  newValue?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  oldValue?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type EtlWouldChangeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EtlWouldChange'] = ResolversParentTypes['EtlWouldChange']> = {
  alerts?: Resolver<ResolversTypes['EtlAlertChanges'], ParentType, ContextType>;
  breaches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  breachesByKind?: Resolver<ReadonlyArray<ResolversTypes['EtlBreachCount']>, ParentType, ContextType>;
  corrected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  derived?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  exact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  loaded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  received?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejectedByCode?: Resolver<ReadonlyArray<ResolversTypes['EtlRejectedCount']>, ParentType, ContextType>;
  series?: Resolver<ReadonlyArray<ResolversTypes['EtlSeriesChange']>, ParentType, ContextType, RequireFields<EtlWouldChangeSeriesArgs, 'first'>>;
  seriesChanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  statuses?: Resolver<ReadonlyArray<ResolversTypes['EtlStatusCount']>, ParentType, ContextType>;
  statusesChanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unchanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type GroupResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Group'] = ResolversParentTypes['Group']> = {
  area?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  building?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  factory?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  floor?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  sensor?: Resolver<Maybe<ResolversTypes['Sensor']>, ParentType, ContextType>;
};

export type IngestResultResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['IngestResult'] = ResolversParentTypes['IngestResult']> = {
  breaches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  corrected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  derived?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  loaded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  received?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ReadonlyArray<ResolversTypes['Rejection']>, ParentType, ContextType>;
  unchanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LocationResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Location'] = ResolversParentTypes['Location']> = {
  aggregates?: Resolver<ResolversTypes['AggregateSeries'], ParentType, ContextType, RequireFields<LocationAggregatesArgs, 'fill' | 'from' | 'metric'>>;
  area?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  building?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  factory?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  floor?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  latest?: Resolver<ReadonlyArray<ResolversTypes['Reading']>, ParentType, ContextType, Partial<LocationLatestArgs>>;
  latitude?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  longitude?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  openAlerts?: Resolver<ReadonlyArray<ResolversTypes['Alert']>, ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['ReadingConnection'], ParentType, ContextType, RequireFields<LocationReadingsArgs, 'first' | 'from' | 'metric' | 'order'>>;
  sensors?: Resolver<ReadonlyArray<ResolversTypes['Sensor']>, ParentType, ContextType>;
  statistics?: Resolver<ResolversTypes['Statistics'], ParentType, ContextType, RequireFields<LocationStatisticsArgs, 'from' | 'metric'>>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType>;
  thresholds?: Resolver<ReadonlyArray<ResolversTypes['Threshold']>, ParentType, ContextType>;
  timezone?: Resolver<ResolversTypes['TimeZone'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LocationConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['LocationConnection'] = ResolversParentTypes['LocationConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['LocationEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Location']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LocationEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['LocationEdge'] = ResolversParentTypes['LocationEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Location'], ParentType, ContextType>;
};

export type MeasuredResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Measured'] = ResolversParentTypes['Measured']> = {
  __resolveType: TypeResolveFn<'Location' | 'Sensor', ParentType, ContextType>;
};

export type MetricResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Metric'] = ResolversParentTypes['Metric']> = {
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  min?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  unit?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  createThreshold?: Resolver<ResolversTypes['Threshold'], ParentType, ContextType, RequireFields<MutationCreateThresholdArgs, 'input'>>;
  deleteDocument?: Resolver<ResolversTypes['StoredDocument'], ParentType, ContextType, RequireFields<MutationDeleteDocumentArgs, 'name'>>;
  deleteThreshold?: Resolver<ResolversTypes['Threshold'], ParentType, ContextType, RequireFields<MutationDeleteThresholdArgs, 'id'>>;
  ingest?: Resolver<ResolversTypes['IngestResult'], ParentType, ContextType, RequireFields<MutationIngestArgs, 'readings' | 'register'>>;
  replayRejected?: Resolver<ResolversTypes['IngestResult'], ParentType, ContextType, RequireFields<MutationReplayRejectedArgs, 'ids'>>;
  saveDocument?: Resolver<ResolversTypes['StoredDocument'], ParentType, ContextType, RequireFields<MutationSaveDocumentArgs, 'name' | 'text'>>;
  saveLocations?: Resolver<ReadonlyArray<ResolversTypes['Location']>, ParentType, ContextType, RequireFields<MutationSaveLocationsArgs, 'locations'>>;
  saveMetrics?: Resolver<ReadonlyArray<ResolversTypes['Metric']>, ParentType, ContextType, RequireFields<MutationSaveMetricsArgs, 'metrics'>>;
  saveSensors?: Resolver<ReadonlyArray<ResolversTypes['Sensor']>, ParentType, ContextType, RequireFields<MutationSaveSensorsArgs, 'sensors'>>;
  startEtlRun?: Resolver<ResolversTypes['EtlRun'], ParentType, ContextType, RequireFields<MutationStartEtlRunArgs, 'dryRun' | 'job'>>;
  updateThreshold?: Resolver<ResolversTypes['Threshold'], ParentType, ContextType, RequireFields<MutationUpdateThresholdArgs, 'id' | 'input'>>;
};

export type PageInfoResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PlanResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Plan'] = ResolversParentTypes['Plan']> = {
  pieces?: Resolver<ReadonlyArray<ResolversTypes['PlanPiece']>, ParentType, ContextType>;
  staleDays?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PlanPieceResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PlanPiece'] = ResolversParentTypes['PlanPiece']> = {
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  aggregateRows?: Resolver<ReadonlyArray<ResolversTypes['AggregateRow']>, ParentType, ContextType, RequireFields<QueryAggregateRowsArgs, 'by' | 'fill' | 'from' | 'metrics'>>;
  aggregates?: Resolver<ReadonlyArray<ResolversTypes['AggregateSeries']>, ParentType, ContextType, RequireFields<QueryAggregatesArgs, 'by' | 'fill' | 'from' | 'metrics'>>;
  alert?: Resolver<Maybe<ResolversTypes['Alert']>, ParentType, ContextType, RequireFields<QueryAlertArgs, 'id'>>;
  alerts?: Resolver<ResolversTypes['AlertConnection'], ParentType, ContextType, RequireFields<QueryAlertsArgs, 'first'>>;
  batch?: Resolver<Maybe<ResolversTypes['Batch']>, ParentType, ContextType, RequireFields<QueryBatchArgs, 'id'>>;
  breaches?: Resolver<ResolversTypes['BreachConnection'], ParentType, ContextType, RequireFields<QueryBreachesArgs, 'first'>>;
  corrections?: Resolver<ResolversTypes['CorrectionConnection'], ParentType, ContextType, RequireFields<QueryCorrectionsArgs, 'first'>>;
  document?: Resolver<Maybe<ResolversTypes['StoredDocument']>, ParentType, ContextType, RequireFields<QueryDocumentArgs, 'name'>>;
  documents?: Resolver<ReadonlyArray<ResolversTypes['StoredDocument']>, ParentType, ContextType>;
  downsample?: Resolver<ReadonlyArray<ResolversTypes['DownsampledSeries']>, ParentType, ContextType, RequireFields<QueryDownsampleArgs, 'from' | 'maxPoints' | 'method'>>;
  etlJob?: Resolver<Maybe<ResolversTypes['EtlJob']>, ParentType, ContextType, RequireFields<QueryEtlJobArgs, 'id'>>;
  etlJobs?: Resolver<ReadonlyArray<ResolversTypes['EtlJob']>, ParentType, ContextType>;
  etlRun?: Resolver<Maybe<ResolversTypes['EtlRun']>, ParentType, ContextType, RequireFields<QueryEtlRunArgs, 'id'>>;
  etlRuns?: Resolver<ResolversTypes['EtlRunConnection'], ParentType, ContextType, RequireFields<QueryEtlRunsArgs, 'first'>>;
  latest?: Resolver<ReadonlyArray<ResolversTypes['Reading']>, ParentType, ContextType, Partial<QueryLatestArgs>>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType, RequireFields<QueryLocationArgs, 'id'>>;
  locations?: Resolver<ResolversTypes['LocationConnection'], ParentType, ContextType, RequireFields<QueryLocationsArgs, 'first'>>;
  metrics?: Resolver<ReadonlyArray<ResolversTypes['Metric']>, ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['ReadingConnection'], ParentType, ContextType, RequireFields<QueryReadingsArgs, 'first' | 'from' | 'order'>>;
  rejectedReadings?: Resolver<ResolversTypes['RejectedReadingConnection'], ParentType, ContextType, RequireFields<QueryRejectedReadingsArgs, 'first'>>;
  sensor?: Resolver<Maybe<ResolversTypes['Sensor']>, ParentType, ContextType, RequireFields<QuerySensorArgs, 'id'>>;
  sensors?: Resolver<ResolversTypes['SensorConnection'], ParentType, ContextType, RequireFields<QuerySensorsArgs, 'first'>>;
  slaMisses?: Resolver<ResolversTypes['SlaMissConnection'], ParentType, ContextType, RequireFields<QuerySlaMissesArgs, 'first'>>;
  statistics?: Resolver<ReadonlyArray<ResolversTypes['Statistics']>, ParentType, ContextType, RequireFields<QueryStatisticsArgs, 'by' | 'from' | 'metrics'>>;
  store?: Resolver<ResolversTypes['Store'], ParentType, ContextType>;
  threshold?: Resolver<Maybe<ResolversTypes['Threshold']>, ParentType, ContextType, RequireFields<QueryThresholdArgs, 'id'>>;
  thresholds?: Resolver<ReadonlyArray<ResolversTypes['Threshold']>, ParentType, ContextType, Partial<QueryThresholdsArgs>>;
};

export type ReadingResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Reading'] = ResolversParentTypes['Reading']> = {
  batch?: Resolver<Maybe<ResolversTypes['Batch']>, ParentType, ContextType>;
  derived?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  sensor?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType>;
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ReadingConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ReadingConnection'] = ResolversParentTypes['ReadingConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ReadingEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Reading']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ReadingEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ReadingEdge'] = ResolversParentTypes['ReadingEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Reading'], ParentType, ContextType>;
};

export type RejectedReadingResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RejectedReading'] = ResolversParentTypes['RejectedReading']> = {
  code?: Resolver<ResolversTypes['RejectionCode'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  firstSeen?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  format?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastSeen?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  record?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  replayable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  runs?: Resolver<ReadonlyArray<ResolversTypes['EtlRun']>, ParentType, ContextType>;
  source?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RejectedReadingConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RejectedReadingConnection'] = ResolversParentTypes['RejectedReadingConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['RejectedReadingEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['RejectedReading']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RejectedReadingEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RejectedReadingEdge'] = ResolversParentTypes['RejectedReadingEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['RejectedReading'], ParentType, ContextType>;
};

export type RejectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Rejection'] = ResolversParentTypes['Rejection']> = {
  code?: Resolver<ResolversTypes['RejectionCode'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SensorResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Sensor'] = ResolversParentTypes['Sensor']> = {
  aggregates?: Resolver<ResolversTypes['AggregateSeries'], ParentType, ContextType, RequireFields<SensorAggregatesArgs, 'fill' | 'from' | 'metric'>>;
  downsample?: Resolver<ResolversTypes['DownsampledSeries'], ParentType, ContextType, RequireFields<SensorDownsampleArgs, 'from' | 'maxPoints' | 'method' | 'metric'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastSeen?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  latest?: Resolver<ReadonlyArray<ResolversTypes['Reading']>, ParentType, ContextType, Partial<SensorLatestArgs>>;
  location?: Resolver<Maybe<ResolversTypes['Location']>, ParentType, ContextType>;
  metrics?: Resolver<ReadonlyArray<ResolversTypes['Metric']>, ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['ReadingConnection'], ParentType, ContextType, RequireFields<SensorReadingsArgs, 'first' | 'from' | 'metric' | 'order'>>;
  statistics?: Resolver<ResolversTypes['Statistics'], ParentType, ContextType, RequireFields<SensorStatisticsArgs, 'from' | 'metric'>>;
  status?: Resolver<Maybe<ResolversTypes['Status']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SensorConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SensorConnection'] = ResolversParentTypes['SensorConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SensorEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Sensor']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SensorEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SensorEdge'] = ResolversParentTypes['SensorEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Sensor'], ParentType, ContextType>;
};

export type SlaMissResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SlaMiss'] = ResolversParentTypes['SlaMiss']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  dueAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  job?: Resolver<Maybe<ResolversTypes['EtlJob']>, ParentType, ContextType>;
  jobId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  recordedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['EtlRun']>, ParentType, ContextType>;
  scheduledFor?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type SlaMissConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SlaMissConnection'] = ResolversParentTypes['SlaMissConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SlaMissEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['SlaMiss']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SlaMissEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SlaMissEdge'] = ResolversParentTypes['SlaMissEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['SlaMiss'], ParentType, ContextType>;
};

export type StatisticsResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Statistics'] = ResolversParentTypes['Statistics']> = {
  avg?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  cadence?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  expectedCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  first?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  firstAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  gaps?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  group?: Resolver<ResolversTypes['Group'], ParentType, ContextType>;
  last?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  lastAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  longestGap?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  maxAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  min?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  minAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  percentile?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<StatisticsPercentileArgs, 'p'>>;
  range?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  stddev?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  sum?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  timeIn?: Resolver<ResolversTypes['Float'], ParentType, ContextType, RequireFields<StatisticsTimeInArgs, 'maxGap' | 'status' | 'thresholdsAsOf'>>;
  timeWeightedAvg?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<StatisticsTimeWeightedAvgArgs, 'maxGap'>>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type StoreResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Store'] = ResolversParentTypes['Store']> = {
  engine?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  newest?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  readings?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  series?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  staleDays?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  timezone?: Resolver<ResolversTypes['TimeZone'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type StoredDocumentResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['StoredDocument'] = ResolversParentTypes['StoredDocument']> = {
  columns?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  origin?: Resolver<ResolversTypes['DocumentOrigin'], ParentType, ContextType>;
  problem?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  savedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  variables?: Resolver<ReadonlyArray<ResolversTypes['DocumentVariable']>, ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  breaches?: SubscriptionResolver<ResolversTypes['BreachFrame'], "breaches", ParentType, ContextType, Partial<SubscriptionBreachesArgs>>;
  etlRun?: SubscriptionResolver<ResolversTypes['EtlRun'], "etlRun", ParentType, ContextType, RequireFields<SubscriptionEtlRunArgs, 'id'>>;
  latest?: SubscriptionResolver<ReadonlyArray<ResolversTypes['Reading']>, "latest", ParentType, ContextType, RequireFields<SubscriptionLatestArgs, 'every'>>;
  slaMissed?: SubscriptionResolver<ResolversTypes['SlaMiss'], "slaMissed", ParentType, ContextType, Partial<SubscriptionSlaMissedArgs>>;
};

export type ThresholdResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Threshold'] = ResolversParentTypes['Threshold']> = {
  clearDuration?: Resolver<ResolversTypes['Duration'], ParentType, ContextType>;
  clearMargin?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  effectiveFrom?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  effectiveTo?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  forDuration?: Resolver<ResolversTypes['Duration'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  level?: Resolver<ResolversTypes['Level'], ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['Metric'], ParentType, ContextType>;
  min?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  noDataAfter?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  scope?: Resolver<ResolversTypes['ThresholdScope'], ParentType, ContextType>;
};

export type ThresholdScopeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ThresholdScope'] = ResolversParentTypes['ThresholdScope']> = {
  area?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  building?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  factory?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  floor?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  sensor?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export interface TimeBoundScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['TimeBound'], any> {
  name: 'TimeBound';
}

export interface TimeZoneScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['TimeZone'], any> {
  name: 'TimeZone';
}

export type Resolvers<ContextType = GraphQLContext> = {
  AggregateColumns?: AggregateColumnsResolvers<ContextType>;
  AggregatePoint?: AggregatePointResolvers<ContextType>;
  AggregateRow?: AggregateRowResolvers<ContextType>;
  AggregateSeries?: AggregateSeriesResolvers<ContextType>;
  Alert?: AlertResolvers<ContextType>;
  AlertConnection?: AlertConnectionResolvers<ContextType>;
  AlertEdge?: AlertEdgeResolvers<ContextType>;
  Batch?: BatchResolvers<ContextType>;
  BatchConnection?: BatchConnectionResolvers<ContextType>;
  BatchEdge?: BatchEdgeResolvers<ContextType>;
  Breach?: BreachResolvers<ContextType>;
  BreachConnection?: BreachConnectionResolvers<ContextType>;
  BreachEdge?: BreachEdgeResolvers<ContextType>;
  BreachFrame?: BreachFrameResolvers<ContextType>;
  Correction?: CorrectionResolvers<ContextType>;
  CorrectionConnection?: CorrectionConnectionResolvers<ContextType>;
  CorrectionEdge?: CorrectionEdgeResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DocumentVariable?: DocumentVariableResolvers<ContextType>;
  DownsampledColumns?: DownsampledColumnsResolvers<ContextType>;
  DownsampledPoint?: DownsampledPointResolvers<ContextType>;
  DownsampledSeries?: DownsampledSeriesResolvers<ContextType>;
  Duration?: GraphQLScalarType;
  EtlAlertChanges?: EtlAlertChangesResolvers<ContextType>;
  EtlBreachCount?: EtlBreachCountResolvers<ContextType>;
  EtlFreshness?: EtlFreshnessResolvers<ContextType>;
  EtlJob?: EtlJobResolvers<ContextType>;
  EtlRejectedCount?: EtlRejectedCountResolvers<ContextType>;
  EtlRun?: EtlRunResolvers<ContextType>;
  EtlRunConnection?: EtlRunConnectionResolvers<ContextType>;
  EtlRunEdge?: EtlRunEdgeResolvers<ContextType>;
  EtlSeries?: EtlSeriesResolvers<ContextType>;
  EtlSeriesChange?: EtlSeriesChangeResolvers<ContextType>;
  EtlSeriesConnection?: EtlSeriesConnectionResolvers<ContextType>;
  EtlSeriesEdge?: EtlSeriesEdgeResolvers<ContextType>;
  EtlStatusCount?: EtlStatusCountResolvers<ContextType>;
  EtlStep?: EtlStepResolvers<ContextType>;
  EtlValueChange?: EtlValueChangeResolvers<ContextType>;
  EtlWouldChange?: EtlWouldChangeResolvers<ContextType>;
  Group?: GroupResolvers<ContextType>;
  IngestResult?: IngestResultResolvers<ContextType>;
  Location?: LocationResolvers<ContextType>;
  LocationConnection?: LocationConnectionResolvers<ContextType>;
  LocationEdge?: LocationEdgeResolvers<ContextType>;
  Measured?: MeasuredResolvers<ContextType>;
  Metric?: MetricResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Plan?: PlanResolvers<ContextType>;
  PlanPiece?: PlanPieceResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Reading?: ReadingResolvers<ContextType>;
  ReadingConnection?: ReadingConnectionResolvers<ContextType>;
  ReadingEdge?: ReadingEdgeResolvers<ContextType>;
  RejectedReading?: RejectedReadingResolvers<ContextType>;
  RejectedReadingConnection?: RejectedReadingConnectionResolvers<ContextType>;
  RejectedReadingEdge?: RejectedReadingEdgeResolvers<ContextType>;
  Rejection?: RejectionResolvers<ContextType>;
  Sensor?: SensorResolvers<ContextType>;
  SensorConnection?: SensorConnectionResolvers<ContextType>;
  SensorEdge?: SensorEdgeResolvers<ContextType>;
  SlaMiss?: SlaMissResolvers<ContextType>;
  SlaMissConnection?: SlaMissConnectionResolvers<ContextType>;
  SlaMissEdge?: SlaMissEdgeResolvers<ContextType>;
  Statistics?: StatisticsResolvers<ContextType>;
  Store?: StoreResolvers<ContextType>;
  StoredDocument?: StoredDocumentResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Threshold?: ThresholdResolvers<ContextType>;
  ThresholdScope?: ThresholdScopeResolvers<ContextType>;
  TimeBound?: GraphQLScalarType;
  TimeZone?: GraphQLScalarType;
};

export type DirectiveResolvers<ContextType = GraphQLContext> = {
  cost?: CostDirectiveResolver<any, any, ContextType>;
  listSize?: ListSizeDirectiveResolver<any, any, ContextType>;
};
