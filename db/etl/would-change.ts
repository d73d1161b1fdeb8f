/** A reading that would get another value. */
export interface CorrectionExample {
  readonly time: string;
  readonly old: number;
  readonly new: number;
}

/** What would change of one series, in measured readings. */
export interface SeriesChange {
  readonly sensor: string;
  readonly metric: string;
  readonly location: string;
  readonly loaded: number;
  readonly corrected: number;
  /** Readings that the series has, and would have, derived ones among them. */
  readonly readingsBefore: number;
  readonly readingsAfter: number;
  /** The first of those that would be corrected. */
  readonly examples: readonly CorrectionExample[];
}

/** What a dry run found that the run would change: `etl_run.would_change`. */
export interface WouldChange {
  /** Whether the whole window was tried as one, so that the run does exactly this. Else each part was tried by itself, and an alert that lasts over several is counted in each. */
  readonly exact: boolean;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly rejected: number;
  /** Breaches that would be recorded. */
  readonly breaches: number;
  /** Rejected readings by their code. */
  readonly rejectedByCode: Readonly<Record<string, number>>;
  /** How many series would change; the most changed of them are told apart. */
  readonly seriesChanged: number;
  readonly series: readonly SeriesChange[];
  readonly verdicts: {
    /** Corrected readings whose status would be another one. */
    readonly changed: number;
    /** New readings by their status; NONE where no threshold is in force. */
    readonly loaded: Readonly<Record<string, number>>;
  };
  readonly breachesByKind: Readonly<Record<string, number>>;
  readonly alerts: {
    /** New ones, `opened` those that would stay open. */
    readonly opened: number;
    readonly openedAndResolved: number;
    /** Open ones that would be resolved. */
    readonly resolved: number;
    /** Ones that would be shown never to have been. */
    readonly withdrawn: number;
    /** Others whose beginning, end, level or peak would be another one. */
    readonly changed: number;
  };
}
