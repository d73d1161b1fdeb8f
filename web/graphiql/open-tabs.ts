/** An example or a linked query; `variables` are JSON text. */
export interface Tab {
  /** Of its operation, which GraphiQL makes the title. */
  readonly name: string;
  readonly query: string;
  readonly variables: string;
}

/** What GraphiQL is given to open with. */
export interface Opening {
  /** Opened where nothing is remembered. */
  readonly defaultTabs: { query: string; variables: string }[];
  /** Brought to the front, opened first where it is not there; left out, what was in front stays there. */
  readonly initialQuery?: string;
  readonly initialVariables?: string;
}

/** Where the browser remembers the tabs of the last visit. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface RememberedTab {
  readonly query: string | null;
  readonly variables: string | null;
}

interface Remembered {
  readonly activeTabIndex: number;
  readonly tabs: readonly RememberedTab[];
}

/** GraphiQL's own names for the tabs, and for what stands in the editors. */
const TABS = 'graphiql:tabState';
const QUERY = 'graphiql:query';
const VARIABLES = 'graphiql:variables';
/** The examples as they were last offered. */
const OFFERED = 'offered';

/**
 * Decides what GraphiQL opens with. It remembers the tabs of the last visit, but the data may be others since: examples that nobody has touched give way to those
 * that fit what is there now, and what somebody wrote stays. A linked query comes first.
 */
export function openTabs(memory: Memory, examples: readonly Tab[], linked: Tab | null): Opening {
  const offered = readOffered(memory);
  memory.setItem(OFFERED, JSON.stringify(examples));
  const hasTabs = renewRemembered(memory, offered, examples);
  const front = linked ?? (hasTabs ? undefined : examples[0]);
  return {
    defaultTabs: [...(linked === null ? [] : [linked]), ...examples].map(({ query, variables }) => ({ query, variables })),
    ...(front === undefined ? {} : { initialQuery: front.query, initialVariables: front.variables }),
  };
}

/** Whether anything is still remembered after it. */
function renewRemembered(memory: Memory, offered: readonly Tab[], examples: readonly Tab[]): boolean {
  const remembered = readRemembered(memory);
  const origins = remembered?.tabs.map((tab) => offered.find((example) => isSame(example, tab)));
  if (remembered === null || origins === undefined || origins.every((origin) => origin !== undefined)) {
    for (const key of [TABS, QUERY, VARIABLES]) memory.removeItem(key);
    return false;
  }
  const tabs = remembered.tabs.map((tab, index) => {
    const renewed = examples.find(({ name }) => name === origins[index]?.name);
    return renewed === undefined ? tab : { ...tab, query: renewed.query, variables: renewed.variables };
  });
  memory.setItem(TABS, JSON.stringify({ ...remembered, tabs }));
  const active = tabs[remembered.activeTabIndex];
  if (origins[remembered.activeTabIndex] !== undefined && active !== undefined) {
    memory.setItem(QUERY, active.query ?? '');
    memory.setItem(VARIABLES, active.variables ?? '');
  }
  return true;
}

function isSame(example: Tab, tab: RememberedTab): boolean {
  return example.query === (tab.query ?? '') && example.variables === (tab.variables ?? '');
}

function readOffered(memory: Memory): readonly Tab[] {
  const offered = parse(memory.getItem(OFFERED));
  return Array.isArray(offered) ? offered.filter(isTab) : [];
}

function readRemembered(memory: Memory): Remembered | null {
  const state = parse(memory.getItem(TABS));
  return isRemembered(state) ? state : null;
}

function parse(text: string | null): unknown {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return value;
  } catch {
    return null;
  }
}

function isTab(value: unknown): value is Tab {
  return isObject(value) && 'name' in value && 'query' in value && 'variables' in value;
}

/** Of GraphiQL's own making; it looks at it more closely itself. */
function isRemembered(value: unknown): value is Remembered {
  return isObject(value) && 'activeTabIndex' in value && 'tabs' in value && Array.isArray(value.tabs) && value.tabs.every(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
