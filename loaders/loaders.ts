import type { Catalogue } from '../db/catalogue.ts';
import type { EngineName } from '../db/engines/engine.ts';
import type { Queryable } from '../db/pool.ts';
import type { Instant } from '../db/time/instant.ts';
import type { Budget } from './budget.ts';

export interface Scene {
  readonly db: Queryable;
  readonly catalogue: Catalogue;
  readonly now: Instant;
  readonly timezone: string;
  readonly engine: EngineName;
  readonly budget: Budget;
}
export interface Loaders { readonly scene: Scene }
export function createLoaders(scene: Scene): Loaders { return { scene }; }
