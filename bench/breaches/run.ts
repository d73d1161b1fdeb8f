import type { Crowds } from './crowd.ts';
import type { Gateway } from './gateway.ts';
import type { Probe } from './probe.ts';

/** What a part of the run measures with: a gateway of its own over the plant, and clients. */
export interface Bench {
  readonly gateway: Gateway;
  readonly crowds: Crowds;
  readonly probe: Probe;
  readonly signal: AbortSignal;
  /** Takes a profile of the gateway while something goes on, where one is wanted. */
  profiled<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** What one part measured, as lines of Markdown. */
export type Section = readonly string[];
