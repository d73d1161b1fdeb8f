import { InvalidArgumentError } from '../../db/errors.ts';

/** What environment variables put into a job, by their names. */
export type Secrets = ReadonlyMap<string, string>;

const VARIABLE = /\$\{([^}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A document with `${NAME}` in its texts replaced by environment variables. A variable that is missing, or empty, is an error that names it and its place. */
export function fillIn(
  document: unknown,
  label: string,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly filled: unknown; readonly secrets: Secrets } {
  const secrets = new Map<string, string>();
  const fill = (value: unknown, place: string): unknown => {
    if (typeof value === 'string')
      return value.replace(VARIABLE, (written, name: string) => {
        const held = NAME.test(name) ? environment[name] : undefined;
        if (held === undefined || held === '')
          throw new InvalidArgumentError(
            `${label}: ${place}`,
            written,
            NAME.test(name) ? `the environment variable ${name} is not set` : `a variable is written as \${NAME}`,
          );
        secrets.set(name, held);
        return held;
      });
    if (Array.isArray(value)) return value.map((member, index) => fill(member, `${place}[${index}]`));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, place === '' ? key : `${place}.${key}`)]));
    return value;
  };
  return { filled: fill(document, ''), secrets };
}

/** No secret is so short that it would be found in any text by chance. */
const SHORTEST = 4;

/** A text without what variables hold (their names stand in its place) and without passwords in addresses. */
export function withoutSecrets(told: string, secrets: Secrets): string {
  let safe = told;
  const longestFirst = [...secrets].filter(([, value]) => value.length >= SHORTEST).sort(([, a], [, b]) => b.length - a.length);
  for (const [name, value] of longestFirst) for (const written of new Set([value, encodeURIComponent(value)])) safe = safe.replaceAll(written, `\${${name}}`);
  return safe.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@/]+@/gi, '$1:***@');
}
