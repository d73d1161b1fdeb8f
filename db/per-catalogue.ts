import type { Catalogue } from './catalogue.ts';

/** Remembers what is derived from a catalogue for as long as that catalogue lives, so that it is worked out once a version and not once a request. */
export function perCatalogue<T>(derive: (catalogue: Catalogue) => T): (catalogue: Catalogue) => T {
  const derived = new WeakMap<Catalogue, T>();
  return (catalogue) => {
    const known = derived.get(catalogue);
    if (known !== undefined) return known;
    const fresh = derive(catalogue);
    derived.set(catalogue, fresh);
    return fresh;
  };
}
