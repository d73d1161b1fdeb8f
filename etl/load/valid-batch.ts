import type { Catalogue } from '../../db/catalogue.ts';
import type { SeriesKey } from '../../db/load/create-series.ts';
import type { RejectedReadingInput } from '../../db/rejected-reading.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { Rejection } from '../record.ts';

/** The readings of one series in a batch: the positions `from` to `to` (exclusive) of the batch's columns, ascending in time, each instant once. */
export interface BatchSeries extends SeriesKey {
  readonly from: number;
  readonly to: number;
}

/** Why a reading of the batch is not loaded, and the reading whole. */
export type BatchRejection = Rejection & RejectedReadingInput;

/** One batch, checked against one version of the catalogue. Readings lie in two columns, series by series, without an object for each. */
export interface ValidBatch {
  readonly catalogue: Catalogue;
  /** Readings, good or bad. */
  readonly received: number;
  /** Readings that a later record of the batch says again or corrects: they count as unchanged. */
  readonly repeated: number;
  readonly series: readonly BatchSeries[];
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** The UTC months of the readings, as their first instants. */
  readonly months: readonly Instant[];
  readonly rejections: readonly BatchRejection[];
  /** The same readings against another version of the catalogue. */
  checkAgain(catalogue: Catalogue): ValidBatch;
}
