import { parse } from 'yaml';
import type { z } from 'zod';
import { InvalidArgumentError } from '../db/errors.ts';

/** What a YAML text says; `label` names its file in errors. */
export function parseYaml(text: string, label: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(label, text.slice(0, 40), `it is no YAML: ${firstLine(cause)}`, { cause });
  }
}

/** What follows shows the place in the file, over several lines. */
function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/:?\n.*$/s, '');
}

/** How the problems of one sort of document are told. */
export interface DocumentKind {
  /** The document as a whole, such as `the definition`. */
  readonly whole: string;
  /** What is wrong with a key that has no place where it stands. */
  readonly unknownKey: (key: string) => string;
}

/** Names the file, the place in it, the value there and the rule. */
export function problemAt(label: string, document: unknown, issue: z.core.$ZodIssue, kind: DocumentKind): InvalidArgumentError {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const rule =
    issue.code === 'unrecognized_keys'
      ? kind.unknownKey(issue.keys[0] ?? '')
      : issue.message.replace(/^Invalid input(?:: )?/, '').replace(/^Invalid discriminator value\. Expected/, 'it must be one of');
  const place = path.reduce<string>((so, key) => (typeof key === 'number' ? `${so}[${key}]` : `${so}${so === '' ? '' : '.'}${String(key)}`), '');
  const value = path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), document);
  return new InvalidArgumentError(`${label}: ${place === '' ? kind.whole : place}`, value ?? null, rule);
}
