import type { Instant } from '../../db/time/instant.ts';
import { dayAt, type MetricProfile, measured } from './curve.ts';
import type { Factory } from './factory.ts';
import { chanceToBegin, type Faults } from './faults.ts';
import { type PendingReading, PendingReadings } from './pending-readings.ts';
import { BatchBuilder, type DueBatch, PECULIAR } from './reading-batch.ts';
import { SeededDraws } from './seeded-draws.ts';

/** What happens in a factory. The same plan tells the same story, reading by reading. */
export interface FactoryStoryPlan {
  readonly factory: Factory;
  readonly seed: number;
  readonly from: Instant;
  /** The first instant at which nothing is measured any more; may be infinite. */
  readonly to: Instant;
  /** Microseconds from one reading of a sensor to its next. */
  readonly cadence: number;
  /** Ends it after so many readings, not counting those that come again; may be infinite. */
  readonly readings: number;
  readonly faults: Faults;
  /** How much later what is late, comes twice or is corrected comes at most, in microseconds. */
  readonly lateBy: number;
  /** How wrong a wrong clock is at most, in microseconds, ahead or behind. */
  readonly skewBy: number;
}

const BATCH = 4096;
const SILENT_FOR = 10;
const STUCK_FOR = 20;
/** Streams of draws by what they are for: a fault more does not change what is measured. */
const PLACE = 1;
const NOISE = 2;
const FATE = 3;
const VALUE_FATE = 4;
const DELAY = 5;

/** Tells what sensors of a factory send, in the order in which it is sent; the sensors measure one after the other through each cadence. Endless where the plan has no end. */
export function* tellFactory(plan: FactoryStoryPlan): Generator<DueBatch> {
  const story = new FactoryStory(plan);
  while (!story.isOver) yield story.tell();
}

/** What all readings of a sensor at an instant have in common. */
interface Message {
  readonly sensor: number;
  /** The series of its first metric. */
  readonly first: number;
  readonly time: Instant;
  readonly flags: number;
  readonly due: Instant;
  /** When it comes for the second time; null: it does not. */
  readonly againAt: Instant | null;
}

class FactoryStory {
  readonly #plan: FactoryStoryPlan;
  readonly #profiles: readonly MetricProfile[];
  readonly #builder = new BatchBuilder(BATCH);
  readonly #pending = new PendingReadings();
  readonly #noise: SeededDraws;
  readonly #fate: SeededDraws;
  readonly #valueFate: SeededDraws;
  readonly #delay: SeededDraws;
  readonly #offsets: Float64Array;
  readonly #skews: Float64Array;
  readonly #silent: Uint8Array;
  readonly #stuck: Uint8Array;
  readonly #stuckAt: Float64Array;
  /** Of each metric, at the present tick. */
  readonly #day: Float64Array;
  readonly #silenceBegins: number;
  readonly #stuckBegins: number;
  #tick = 0;
  #sensor = 0;
  #told = 0;
  #isMeasured = false;

  constructor(plan: FactoryStoryPlan) {
    const { factory, seed, faults, skewBy } = plan;
    const sensors = factory.sensors.length;
    const series = sensors * factory.metrics.length;
    this.#plan = plan;
    this.#profiles = factory.metrics;
    this.#noise = new SeededDraws(seed, series, NOISE);
    this.#fate = new SeededDraws(seed, sensors, FATE);
    this.#valueFate = new SeededDraws(seed, series, VALUE_FATE);
    this.#delay = new SeededDraws(seed, sensors, DELAY);
    const place = new SeededDraws(seed, sensors, PLACE);
    this.#offsets = Float64Array.from({ length: series }, (_, at) => {
      const sensor = Math.floor(at / this.#profiles.length);
      return place.bell(sensor) * (this.#profiles[at % this.#profiles.length]?.spread ?? 0);
    });
    this.#skews = Float64Array.from({ length: sensors }, (_, sensor) => {
      const isWrong = place.next(sensor) < faults.skew;
      return isWrong ? Math.round(((place.next(sensor) * 2 - 1) * skewBy) / 1000) * 1000 : 0;
    });
    this.#silent = new Uint8Array(sensors);
    this.#stuck = new Uint8Array(series);
    this.#stuckAt = new Float64Array(series);
    this.#day = new Float64Array(this.#profiles.length);
    this.#silenceBegins = chanceToBegin(faults.dropouts, SILENT_FOR);
    this.#stuckBegins = chanceToBegin(faults.stuck, STUCK_FOR);
  }

  get isOver(): boolean {
    return this.#isMeasured && this.#pending.size === 0;
  }

  /** What comes next, a batch of it. */
  tell(): DueBatch {
    const roomFor = this.#profiles.length;
    while (!this.isOver && this.#builder.capacity - this.#builder.length >= roomFor) {
      const at = this.#isMeasured ? Number.POSITIVE_INFINITY : this.#nextInstant();
      if (this.#pending.nextDue <= at) this.#deliverPending();
      else if (!this.#isMeasured) this.#measure(at);
    }
    return this.#builder.take();
  }

  /** When the next sensor measures. Sensors are spread over the cadence, on whole milliseconds where these tell them apart. */
  #nextInstant(): Instant {
    const { from, cadence, factory } = this.#plan;
    const share = (this.#sensor * cadence) / factory.sensors.length;
    const phase = cadence / factory.sensors.length >= 1000 ? Math.floor(share / 1000) * 1000 : Math.floor(share);
    return from + this.#tick * cadence + phase;
  }

  #deliverPending(): void {
    const reading = this.#pending.take();
    if (reading === undefined) return;
    this.#builder.push(reading.series, reading.time, reading.value, reading.flags, reading.due);
  }

  #measure(at: Instant): void {
    if (at >= this.#plan.to || this.#told >= this.#plan.readings) {
      this.#isMeasured = true;
      return;
    }
    if (this.#sensor === 0) for (const metric of this.#day.keys()) this.#day[metric] = dayAt(at);
    const sensor = this.#sensor;
    if (!this.#isSilent(sensor)) this.#tellMessage(sensor, at);
    else for (const [metric, profile] of this.#profiles.entries()) this.#valueOf(profile, metric, sensor);
    this.#sensor += 1;
    if (this.#sensor === this.#plan.factory.sensors.length) {
      this.#sensor = 0;
      this.#tick += 1;
    }
  }

  #isSilent(sensor: number): boolean {
    const draw = this.#fate.next(sensor);
    if ((this.#silent[sensor] ?? 0) > 0) {
      this.#silent[sensor] = (this.#silent[sensor] ?? 0) - 1;
      return true;
    }
    if (draw >= this.#silenceBegins) return false;
    this.#silent[sensor] = lengthOf(draw / this.#silenceBegins, SILENT_FOR) - 1;
    return true;
  }

  /** What a sensor measures at an instant: all its metrics in one message. */
  #tellMessage(sensor: number, at: Instant): void {
    const message = this.#messageOf(sensor, at);
    for (const [metric, profile] of this.#profiles.entries()) {
      if (this.#told >= this.#plan.readings) return;
      const { value, flags } = this.#valueOf(profile, metric, sensor);
      this.#told += 1;
      this.#send({ series: message.first + metric, time: message.time, value, flags: flags | message.flags, due: message.due }, message, profile);
    }
  }

  #messageOf(sensor: number, at: Instant): Message {
    const { faults, factory, lateBy } = this.#plan;
    const isUnknown = this.#fate.next(sensor) < faults.unknown;
    const isLate = this.#fate.next(sensor) < faults.late;
    const isTwice = this.#fate.next(sensor) < faults.duplicates;
    const due = isLate ? at + this.#laterBy(sensor, lateBy) : at;
    return {
      sensor,
      first: (isUnknown ? factory.sensors.length : sensor) * this.#profiles.length,
      time: at + (this.#skews[sensor] ?? 0),
      flags: (isLate ? PECULIAR.late : 0) | (isUnknown ? PECULIAR.refused : 0),
      due,
      againAt: isTwice ? due + this.#laterBy(sensor, lateBy) : null,
    };
  }

  #send(reading: PendingReading, { againAt, sensor }: Message, profile: MetricProfile): void {
    const { series, time, value, flags, due } = reading;
    if ((flags & PECULIAR.late) !== 0) this.#pending.put(reading);
    else this.#builder.push(series, time, value, flags, due);
    // What comes twice is not corrected: the second would undo it.
    if (againAt !== null) this.#pending.put({ ...reading, flags: flags | PECULIAR.again, due: againAt });
    else if ((flags & PECULIAR.refused) === 0) this.#perhapsCorrect(reading, profile, sensor);
  }

  #perhapsCorrect(reading: PendingReading, profile: MetricProfile, sensor: number): void {
    if (this.#fate.next(sensor) >= this.#plan.faults.corrections) return;
    const unit = 10 ** -profile.decimals;
    const step = (1 + Math.floor(this.#delay.next(sensor) * 20)) * unit;
    const up = measured(profile, reading.value + step);
    const value = up > reading.value ? up : measured(profile, reading.value - step);
    const due = reading.due + this.#laterBy(sensor, this.#plan.lateBy);
    this.#pending.put({ series: reading.series, time: reading.time, value, flags: PECULIAR.correction, due });
  }

  #laterBy(sensor: number, most: number): number {
    return 1 + Math.floor(this.#delay.next(sensor) * most);
  }

  /** Draws the same number of times whatever befalls the value, so that a share more or less leaves the others as they were. */
  #valueOf(profile: MetricProfile, metric: number, sensor: number): { readonly value: number; readonly flags: number } {
    const { faults } = this.#plan;
    const at = sensor * this.#profiles.length + metric;
    const usual = profile.base + (this.#offsets[at] ?? 0) + profile.swing * (this.#day[metric] ?? 0) + profile.noise * this.#noise.bell(at);
    const stuckDraw = this.#valueFate.next(at);
    const fate = this.#valueFate.next(at);
    const size = this.#valueFate.next(at);
    const left = this.#stuck[at] ?? 0;
    if (left > 0) {
      this.#stuck[at] = left - 1;
      return { value: this.#stuckAt[at] ?? 0, flags: PECULIAR.stuck };
    }
    const isSpike = fate < faults.spikes;
    const isBeyond = !isSpike && fate < faults.spikes + faults.range;
    if (isBeyond) return { value: beyond(profile, size), flags: PECULIAR.refused };
    const value = measured(profile, isSpike ? spikeFrom(profile, usual, size) : usual);
    if (stuckDraw < this.#stuckBegins) {
      this.#stuck[at] = lengthOf(stuckDraw / this.#stuckBegins, STUCK_FOR);
      this.#stuckAt[at] = value;
    }
    return { value, flags: isSpike ? PECULIAR.spike : 0 };
  }
}

/** How long a stretch lasts, from 1 to twice its mean less one, by an even draw. */
function lengthOf(draw: number, mean: number): number {
  return 1 + Math.floor(draw * (2 * mean - 1));
}

function spikeFrom({ spike, max, min }: MetricProfile, usual: number, size: number): number {
  const far = spike * (0.5 + size / 2);
  if (usual + far <= max) return usual + far;
  return Math.max(min, usual - far);
}

function beyond({ min, max, decimals }: MetricProfile, size: number): number {
  const unit = 10 ** decimals;
  const far = Math.round((1 + size * (max - min)) * unit) / unit;
  return Math.round((size < 0.5 ? min - far : max + far) * unit) / unit;
}
