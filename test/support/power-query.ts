/** What Web.Contents is given in a piece of M code, with what Json.FromValue makes of the content. */
export interface MashupRequest {
  /** With what RelativePath and Query add. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** null: GET. */
  readonly body: string | null;
}

type Value = string | number | readonly Value[] | { readonly [name: string]: Value };

/** The requests of a piece of M code whose arguments are literals, names of texts bound before, and records and lists of these. Throws for anything else. */
export function mashupRequests(code: string): readonly MashupRequest[] {
  const texts = new Map([...code.matchAll(/(\w+) = ("(?:[^"]|"")*"),?$/gm)].map(([, name = '', text = '']) => [name, unquote(text)]));
  return [...code.matchAll(/Web\.Contents\(/g)].map(({ index }) => {
    const reader = new Reader(code.slice(index + 'Web.Contents('.length), texts);
    const address = reader.value();
    reader.take(',');
    return requestOf(textOf(address), record(reader.value()));
  });
}

function requestOf(address: string, { RelativePath = '', Query = {}, Headers = {}, Content = null }: Readonly<Record<string, Value | null>>): MashupRequest {
  const url = new URL(`${address}/${textOf(RelativePath)}`);
  for (const [name, value] of Object.entries(record(Query)))
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, textOf(each));
  const headers = Object.fromEntries(Object.entries(record(Headers)).map(([name, value]) => [name, textOf(value)]));
  return { url, headers, body: Content === null ? null : JSON.stringify(Content) };
}

function record(value: Value | null): Readonly<Record<string, Value>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`a record of M was expected, not ${JSON.stringify(value)}`);
  return value as Readonly<Record<string, Value>>;
}

function textOf(value: Value | null): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`a text of M was expected, not ${JSON.stringify(value)}`);
  return String(value);
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll('""', '"');
}

/** Reads values one after another. */
class Reader {
  readonly #texts: ReadonlyMap<string, string>;
  #rest: string;

  constructor(code: string, texts: ReadonlyMap<string, string>) {
    this.#rest = code;
    this.#texts = texts;
  }

  value(): Value {
    const text = this.#match(/^"(?:[^"]|"")*"/);
    if (text !== null) return unquote(text);
    const number = this.#match(/^\d+(\.\d+)?/);
    if (number !== null) return Number(number);
    if (this.#match(/^\[/) !== null) return this.#record();
    if (this.#match(/^\{/) !== null) return this.#list();
    if (this.#match(/^Json\.FromValue\(/) !== null) {
      const content = this.value();
      this.take(')');
      return content;
    }
    const name = this.#match(/^\w+/) ?? '';
    const known = this.#texts.get(name);
    if (known === undefined) throw new Error(`M code has ${JSON.stringify(`${name}${this.#rest.slice(0, 40)}`)}, which its test does not know`);
    return known;
  }

  take(sign: string): void {
    this.#skip();
    if (!this.#rest.startsWith(sign)) throw new Error(`M code has ${JSON.stringify(this.#rest.slice(0, 40))} where ${sign} was expected`);
    this.#rest = this.#rest.slice(sign.length);
  }

  #record(): Value {
    const fields: Record<string, Value> = {};
    while (this.#match(/^\]/) === null) {
      const name = (this.#match(/^#"[^"]+"|^\w+/) ?? '').replaceAll(/[#"]/g, '');
      this.take('=');
      fields[name] = this.value();
      this.#match(/^,/);
    }
    return fields;
  }

  #list(): Value {
    const items: Value[] = [];
    while (this.#match(/^\}/) === null) {
      items.push(this.value());
      this.#match(/^,/);
    }
    return items;
  }

  #match(pattern: RegExp): string | null {
    this.#skip();
    const [found] = pattern.exec(this.#rest) ?? [];
    if (found === undefined) return null;
    this.#rest = this.#rest.slice(found.length);
    return found;
  }

  #skip(): void {
    this.#rest = this.#rest.trimStart();
  }
}
