import type { EtlWouldChange } from './types.generated.ts';

/** What a dry run has stored of what it found; counts that it did not write are nothing. null where there is none. */
export function readWouldChange(stored: unknown): EtlWouldChange | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const counts = new Map(Object.entries(stored));
  const count = (name: string): number => {
    const value: unknown = counts.get(name);
    return typeof value === 'number' ? value : 0;
  };
  return {
    received: count('received'),
    loaded: count('loaded'),
    corrected: count('corrected'),
    unchanged: count('unchanged'),
    derived: count('derived'),
    rejected: count('rejected'),
    breaches: count('breaches'),
  };
}
