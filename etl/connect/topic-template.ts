/** A topic with names for some of its levels. */
export interface TopicTemplate {
  /** What is subscribed to. */
  readonly filter: string;
  /** What the named levels of a topic are; null: the topic is of another form. */
  match(topic: string): ReadonlyMap<string, string> | null;
}

const NAMED = /^\{([A-Za-z_]\w*)\}$/;
const RULE = 'expected levels between slashes, each of them literal, + for any, {name} for any that is used by its name, or # for all that follow at the end';

/** A template such as `plant/+/{sensor}/{metric}`, or why it is none. */
export function parseTopicTemplate(written: string): TopicTemplate | string {
  const levels = written.split('/');
  const names: (string | null)[] = [];
  for (const [at, level] of levels.entries()) {
    const name = NAMED.exec(level)?.[1] ?? null;
    if (name === null && level !== '+' && !(level === '#' && at === levels.length - 1) && /[+#{}\0]/.test(level)) return RULE;
    if (name !== null && names.includes(name)) return `expected each name once, but {${name}} stands there twice`;
    names.push(name);
  }
  const wanted = levels.map((level, at) => (names[at] === null ? level : '+'));
  return { filter: wanted.join('/'), match: (topic: string) => matchTopic(topic.split('/'), wanted, names) };
}

function matchTopic(given: readonly string[], wanted: readonly string[], names: readonly (string | null)[]): ReadonlyMap<string, string> | null {
  const isOpen = wanted.at(-1) === '#';
  const fixed = isOpen ? wanted.length - 1 : wanted.length;
  if (isOpen ? given.length < fixed : given.length !== fixed) return null;
  const found = new Map<string, string>();
  for (let at = 0; at < fixed; at += 1) {
    const level = given[at] ?? '';
    if (wanted[at] !== '+' && wanted[at] !== level) return null;
    const name = names[at] ?? null;
    if (name !== null) found.set(name, level);
  }
  return found;
}

/** A text in which `{name}` stands for a level; undefined where a name is none of the levels'. */
export function fillTemplate(template: string, levels: ReadonlyMap<string, string>): string | undefined {
  let isWhole = true;
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const level = levels.get(name);
    if (level === undefined) isWhole = false;
    return level ?? '';
  });
  return isWhole ? filled : undefined;
}
