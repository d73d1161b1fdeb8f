import { UsageError } from '../settings.ts';

/** What goes wrong in a simulated factory, each with its share from 0 to 1: of readings, but `skew` of sensors. */
export interface Faults {
  /** Are never sent: a sensor is silent for ten readings at a time, on average. */
  readonly dropouts: number;
  /** Repeat an earlier value: a sensor is stuck for twenty readings at a time, on average. */
  readonly stuck: number;
  /** Are far off, and true enough to be taken. */
  readonly spikes: number;
  /** Come later than they were measured. */
  readonly late: number;
  /** Come twice. */
  readonly duplicates: number;
  /** Are sent again with another value, which is the one that stays. */
  readonly corrections: number;
  /** Are outside of their metric's range, so that they have to be refused. */
  readonly range: number;
  /** Come under the name of a sensor that nobody has registered, so that they have to be refused. */
  readonly unknown: number;
  /** Have a clock that is wrong. */
  readonly skew: number;
}

export const DEFAULT_FAULTS: Faults = {
  dropouts: 0.01,
  stuck: 0.01,
  spikes: 0.001,
  late: 0.02,
  duplicates: 0.01,
  corrections: 0,
  range: 0.001,
  unknown: 0.001,
  skew: 0.1,
};

export const NO_FAULTS: Faults = { dropouts: 0, stuck: 0, spikes: 0, late: 0, duplicates: 0, corrections: 0, range: 0, unknown: 0, skew: 0 };

const NAMES = Object.keys(NO_FAULTS);

/** Reads shares such as `late=0.1,stuck=0`: what is not named keeps its default, or is 0 behind `none`. Throws UsageError naming `option`. */
export function parseFaults(text: string, option: string): Faults {
  let faults = DEFAULT_FAULTS;
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === 'none') faults = NO_FAULTS;
    else if (part !== '') faults = { ...faults, ...shareOf(part, option) };
  }
  return faults;
}

/** The chance with which a stretch begins so that stretches of `mean` make up the share. */
export function chanceToBegin(share: number, mean: number): number {
  return share >= 1 ? 1 : share / (mean * (1 - share));
}

function shareOf(part: string, option: string): Readonly<Record<string, number>> {
  const [name = '', value = ''] = part.split('=').map((piece) => piece.trim());
  const share = Number(value);
  if (!NAMES.includes(name)) throw new UsageError(`${option} is ${JSON.stringify(part)}, but faults are none, ${NAMES.join(', ')}`);
  if (!/^(0|1|0?\.\d+|1\.0+|0\.\d+)$/.test(value))
    throw new UsageError(`${option} is ${JSON.stringify(part)}, but a share is from 0 to 1, such as ${name}=0.05`);
  return { [name]: share };
}
