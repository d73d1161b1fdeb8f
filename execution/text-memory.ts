/** Remembers texts as long as the objects live that they are about. */
export interface TextMemory {
  get(key: object): string | undefined;
  set(key: object, text: string): void;
}

/** Of all memories that share it together: some 30 MB. Who asks for more than that over and over again writes as if nothing were remembered. */
const MOST_TEXTS = 100_000;

/** Makes memories that together keep no more texts than there is room for: when it is full, all begin anew. */
export function createTextMemories(most = MOST_TEXTS): () => TextMemory {
  let count = 0;
  let generation = 0;
  return () => {
    let texts = new WeakMap<object, string>();
    let of = generation;
    return {
      get: (key) => (of === generation ? texts.get(key) : undefined),
      set(key, text) {
        if (count >= most) {
          count = 0;
          generation += 1;
        }
        if (of !== generation) {
          of = generation;
          texts = new WeakMap();
        }
        count += 1;
        texts.set(key, text);
      },
    };
  };
}
