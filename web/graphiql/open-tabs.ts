import { fitVariables } from './fit-variables.ts';

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

/** Other fields of GraphiQL's are kept as they are. */
interface RememberedTab {
  readonly title?: string | undefined;
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
 * that fit what is there now, what somebody wrote stays, and examples that are missing come back behind it. A linked query comes first.
 */
export function openTabs(memory: Memory, examples: readonly Tab[], linked: Tab | null): Opening {
  const remembered = readRemembered(memory);
  if (remembered === null) for (const key of [TABS, QUERY, VARIABLES]) memory.removeItem(key);
  else remember(memory, renew(withLastEdit(remembered, memory), readOffered(memory), examples));
  memory.setItem(OFFERED, JSON.stringify(examples));
  const front = linked ?? (remembered === null ? examples[0] : undefined);
  return {
    defaultTabs: [...(linked === null ? [] : [linked]), ...examples].map(({ query, variables }) => ({ query, variables })),
    ...(front === undefined ? {} : { initialQuery: front.query, initialVariables: front.variables }),
  };
}

/** What was in the editor last is stored half a second before its tab is, or by another window: it is in front, in a tab of its own where none has it. */
function withLastEdit({ tabs, activeTabIndex }: Remembered, memory: Memory): Remembered {
  const query = memory.getItem(QUERY) ?? '';
  if (query === '' || tabs[activeTabIndex]?.query === query) return { tabs, activeTabIndex };
  const holder = tabs.findIndex((tab) => tab.query === query);
  if (holder !== -1) return { tabs, activeTabIndex: holder };
  return { tabs: [...tabs, asRemembered({ name: titleOf(query), query, variables: memory.getItem(VARIABLES) ?? '' })], activeTabIndex: tabs.length };
}

function renew({ tabs, activeTabIndex }: Remembered, offered: readonly Tab[], examples: readonly Tab[]): Remembered {
  const renewed = tabs.map((tab) => {
    const origin = offered.find((example) => isSame(example, tab));
    if (origin === undefined) return withoutForeignVariables(tab, offered);
    const example = examples.find(({ name }) => name === origin.name);
    return example === undefined ? null : { ...tab, query: example.query, variables: example.variables };
  });
  const kept = renewed.filter((tab) => tab !== null);
  const front = renewed[activeTabIndex] ?? null;
  const missing = examples.filter(({ name }) => kept.every(({ title }) => title !== name));
  return { tabs: [...kept, ...missing.map(asRemembered)], activeTabIndex: front === null ? 0 : kept.indexOf(front) };
}

/** As the page takes them away while it is open; it may have been left before that was stored. */
function withoutForeignVariables(tab: RememberedTab, offered: readonly Tab[]): RememberedTab {
  return fitVariables(tab.query ?? '', tab.variables ?? '', offered) === '' ? { ...tab, variables: '' } : tab;
}

/** GraphiQL opens a copy of what it remembers of the editors, unless that is to the letter what is in a tab. */
function remember(memory: Memory, state: Remembered): void {
  const front = state.tabs[state.activeTabIndex];
  memory.setItem(TABS, JSON.stringify(state));
  memory.setItem(QUERY, front?.query ?? '');
  memory.setItem(VARIABLES, front?.variables ?? '');
}

function asRemembered({ name, query, variables }: Tab): RememberedTab & Readonly<Record<string, string | null>> {
  // No crypto.randomUUID where the page came without TLS.
  const id = `${name}-${Math.random().toString(36).slice(2)}`;
  return { id, title: name, query, variables, headers: null, operationName: null, response: null };
}

/** As GraphiQL makes it. */
function titleOf(query: string): string {
  return /^(?!#).*(?:query|subscription|mutation)\s+(\w+)/m.exec(query)?.[1] ?? '<untitled>';
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
