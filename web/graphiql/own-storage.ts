const PREFIX = 'thermograph:';

/** How much higher the query is than its variables: so that all of an example's can be seen. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([['graphiql:secondaryEditorFlex', '1.8']]);

/** The browser's memory under names of our own, as other servers' GraphiQL may have been at this address; that of this page alone where the browser gives none. */
export function ownStorage(): Storage {
  const memory = browserStorage() ?? pageStorage();
  const ownKeys = () => Array.from({ length: memory.length }, (_, index) => memory.key(index) ?? '').filter((key) => key.startsWith(PREFIX));
  return {
    getItem: (key) => memory.getItem(PREFIX + key) ?? DEFAULTS.get(key) ?? null,
    setItem: (key, value) => memory.setItem(PREFIX + key, value),
    removeItem: (key) => memory.removeItem(PREFIX + key),
    clear: () => {
      for (const key of ownKeys()) memory.removeItem(key);
    },
    key: (index) => ownKeys()[index]?.slice(PREFIX.length) ?? null,
    get length() {
      return ownKeys().length;
    },
  };
}

function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function pageStorage(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
    clear: () => values.clear(),
    key: (index) => [...values.keys()][index] ?? null,
    get length() {
      return values.size;
    },
  };
}
