/** Remembers what a function gave for each argument: lists in lists ask for the same many times over. Lives as long as a request. */
export function once<K, V>(compute: (key: K) => V): (key: K) => V {
  // Made when it is wanted: most requests need few of what is made for each.
  let known: Map<K, { readonly value: V }> | null = null;
  return (key) => {
    known ??= new Map();
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}
