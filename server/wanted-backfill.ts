import type { Instant } from '../db/time/instant.ts';

/** What is to be loaded again. */
export type WantedBackfill =
  | { readonly kind: 'resume'; readonly run: number }
  | { readonly kind: 'window'; readonly job: string; readonly from: Instant; readonly to: Instant; readonly dryRun: boolean; readonly chunk: number | null };
