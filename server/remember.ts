/** As many as clients send of any header in practice; who makes up new ones only makes all be worked out again. */
const MOST = 500;

/** Remembers what was worked out for a text, as long as there are few: headers are the same from request to request. Throwing is not remembered. */
export function remember<V>(workOut: (text: string) => V): (text: string) => V {
  const known = new Map<string, { readonly value: V }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.value;
    const value = workOut(text);
    if (known.size >= MOST) known.clear();
    known.set(text, { value });
    return value;
  };
}
