/** As many as clients send of any header in practice; who makes up new ones only makes all be worked out again. */
const MOST = 500;

/**
 * Remembers what was worked out for a text, as long as there are few: headers are the same from request to request. Throwing is not remembered.
 * Where what is remembered grows with its text, as what is parsed does, `mostCharacters` bounds all texts together.
 */
export function remember<V>(workOut: (text: string) => V, mostCharacters = Number.POSITIVE_INFINITY): (text: string) => V {
  const known = new Map<string, { readonly value: V }>();
  let characters = 0;
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.value;
    const value = workOut(text);
    characters += text.length;
    if (known.size >= MOST || characters > mostCharacters) {
      known.clear();
      characters = text.length;
    }
    known.set(text, { value });
    return value;
  };
}
