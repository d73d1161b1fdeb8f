import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';

/** Shows what a subscription sends, as it comes. */
export interface Telling {
  readonly frame: (result: FormattedExecutionResult) => void;
  /** Says beside the last frame that nothing comes at the moment, and why; the next frame ends it. */
  readonly interrupted: (why: string) => void;
  /** Shows at once why there will be no more, with all that was told before. */
  readonly failed: (errors: readonly GraphQLFormattedError[]) => void;
  /** Shows at once what waits to be shown. */
  readonly flush: () => void;
  /** Shows nothing any more. */
  readonly stop: () => void;
}

/** Of many frames at once, such as after an absence, each would be drawn, and the page would stand still. */
const BETWEEN_MS = 50;
const KEPT = 50;

/**
 * GraphiQL shows one frame at a time, and the next heartbeat would wipe out a breach. So the breaches that came before are kept under it, the newest first:
 * `extensions.earlier`, which is the page's own, as is `extensions.interrupted`.
 */
export function createTelling(show: (shown: FormattedExecutionResult) => void): Telling {
  let earlier: readonly unknown[] = [];
  let current: FormattedExecutionResult | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isOver = false;
  const flush = (beside: FormattedExecutionResult = {}) => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (isOver) return;
    const extensions = { ...beside.extensions, ...current?.extensions, ...(earlier.length === 0 ? {} : { earlier }) };
    const shown = { ...beside, ...current };
    if (current !== null || beside.errors !== undefined) show(Object.keys(extensions).length === 0 ? shown : { ...shown, extensions });
  };
  return {
    frame: (result) => {
      const before = breachesOf(current);
      if (before.length > 0) earlier = [...before, ...earlier].slice(0, KEPT);
      current = result;
      timer ??= setTimeout(() => flush(), BETWEEN_MS);
    },
    interrupted: (why) => flush({ extensions: { interrupted: why } }),
    failed: (errors) => flush({ errors }),
    flush: () => flush(),
    stop: () => {
      isOver = true;
    },
  };
}

/** What a frame tells beside being a sign of life. */
function breachesOf(result: FormattedExecutionResult | null): readonly unknown[] {
  return Object.values(result?.data ?? {}).flatMap((field: unknown) =>
    typeof field === 'object' && field !== null && 'breach' in field && field.breach !== null ? [field.breach] : [],
  );
}
