/** Keys of the advisory locks of one store. The first number marks them as ours, so that another application in the same database does not collide. */
const NAMESPACE = 0x7468726d; // "thrm"

/** Held while migrations run. */
export const MIGRATION_LOCK = [NAMESPACE, 1] as const;
/** Held by the one refresher. */
export const REFRESH_LOCK = [NAMESPACE, 2] as const;
/** Shared by loads, exclusive for changes of the catalogue: placements and metrics do not change under a batch that was validated against them. */
export const CATALOGUE_LOCK = [NAMESPACE, 3] as const;
/** Held while a partition is attached. */
export const PARTITION_LOCK = [NAMESPACE, 4] as const;
/** Held by the one instance that judges what happens without a reading. */
export const WATCH_LOCK = [NAMESPACE, 5] as const;
/** Under which missed service levels are numbered one transaction after the other, so that the order of ids is that of the commits: whoever has seen one has seen all before it. */
export const SLA_LOCK = [NAMESPACE, 6] as const;
