import type { FormattedExecutionResult } from 'graphql';

/** Shows what a subscription sends, as it comes. */
export interface Telling {
  readonly frame: (result: FormattedExecutionResult) => void;
  /** Shows at once what waits to be shown. */
  readonly flush: () => void;
}

/** Of many frames at once, such as after an absence, each would be drawn, and the page would stand still. */
const BETWEEN_MS = 50;
const KEPT = 50;

/**
 * GraphiQL shows one frame at a time, and the next heartbeat would wipe out a breach. So the breaches that came before are kept under it, the newest first:
 * `extensions.earlier`, which is the page's own.
 */
export function createTelling(show: (shown: FormattedExecutionResult) => void): Telling {
  let earlier: readonly unknown[] = [];
  let current: FormattedExecutionResult | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (current !== null) show(earlier.length === 0 ? current : { ...current, extensions: { ...current.extensions, earlier } });
  };
  return {
    frame: (result) => {
      const before = breachesOf(current);
      if (before.length > 0) earlier = [...before, ...earlier].slice(0, KEPT);
      current = result;
      timer ??= setTimeout(flush, BETWEEN_MS);
    },
    flush,
  };
}

/** What a frame tells beside being a sign of life. */
function breachesOf(result: FormattedExecutionResult | null): readonly unknown[] {
  return Object.values(result?.data ?? {}).flatMap((field: unknown) =>
    typeof field === 'object' && field !== null && 'breach' in field && field.breach !== null ? [field.breach] : [],
  );
}
