import { Cron } from 'croner';
import { type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';

/** When a job runs: five fields of cron, by the clock of a zone. */
export interface Schedule {
  readonly schedule: string | null;
  readonly timezone: string;
}

/** Ticks that are longer past are not looked for one by one: a schedule that nobody has served for a month goes on where it is. */
const LONGEST_LOOK_BACK = 31 * MICROS_PER_DAY;

const crons = new Map<string, Cron>();

/** The first tick after an instant; null: there is no schedule, or none of its ticks is left. */
export function nextTick({ schedule, timezone }: Schedule, after: Instant): Instant | null {
  if (schedule === null) return null;
  const next = cronOf(schedule, timezone).nextRun(new Date(Math.floor(after / 1000)));
  return next === null ? null : next.getTime() * 1000;
}

/** The ticks after one instant and not after another, each once, in order. */
export function ticksBetween(schedule: Schedule, after: Instant, until: Instant): readonly Instant[] {
  const ticks: Instant[] = [];
  let tick = nextTick(schedule, Math.max(after, until - LONGEST_LOOK_BACK));
  while (tick !== null && tick <= until) {
    ticks.push(tick);
    tick = nextTick(schedule, tick);
  }
  return ticks;
}

function cronOf(schedule: string, timezone: string): Cron {
  const key = `${timezone} ${schedule}`;
  const known = crons.get(key);
  if (known !== undefined) return known;
  const cron = new Cron(schedule, { timezone, paused: true });
  crons.set(key, cron);
  return cron;
}
