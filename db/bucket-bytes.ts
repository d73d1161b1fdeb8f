import type { AggregatePlan, PlanPiece } from './planner.ts';
import type { Instant } from './time/instant.ts';

/** The starts of buckets as the server keeps them, 16 hexadecimal digits each: a third of the work of writing them as text, and one comparison tells whether all are there in their order. */
export const BUCKET_BYTES = "encode(string_agg(timestamptz_send(bucket), ''), 'hex')";

/** The buckets of a piece of which each is there. */
export interface WholePiece {
  /** As `BUCKET_BYTES` gives them in order of time. */
  readonly bytes: string;
  /** Their indexes; frozen. */
  readonly bucket: readonly number[];
}

const known = new WeakMap<AggregatePlan, WholePiece>();

/** Of a plan's only piece; the same object as long as the plan is remembered. */
export function wholePiece(plan: AggregatePlan, piece: PlanPiece): WholePiece {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const width = (piece.to - piece.from) / piece.count;
  const places = Array.from({ length: piece.count }, (_, place) => place);
  const whole = {
    bytes: places.map((place) => bytesOf(piece.from + place * width)).join(''),
    bucket: Object.freeze(places.map((place) => piece.bucket + place)),
  };
  known.set(plan, whole);
  return whole;
}

/** The server counts from 2000-01-01. */
const EPOCH = Date.UTC(2000, 0, 1) * 1000;
const DIGITS = 16;

function bytesOf(instant: Instant): string {
  return BigInt.asUintN(64, BigInt(instant - EPOCH))
    .toString(16)
    .padStart(DIGITS, '0');
}

/** Reads what `BUCKET_BYTES` gives, in the order in which it stands there. */
export function readBytes(bytes: string): readonly Instant[] {
  const instants: Instant[] = [];
  for (let at = 0; at < bytes.length; at += DIGITS) instants.push(Number(BigInt.asIntN(64, BigInt(`0x${bytes.slice(at, at + DIGITS)}`))) + EPOCH);
  return instants;
}
