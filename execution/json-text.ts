/** JSON that is written already: goes into an answer as it is. */
export class JsonText {
  /** To be taken where graphql-js and Apollo have an object. */
  readonly [name: string]: unknown;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** For whoever wants to look into it: what it says. */
  toJSON(): unknown {
    return JSON.parse(this.text) as unknown;
  }
}

/** An answer as JSON; data that are written already are spliced in. Errors come first, as Apollo orders them. */
export function stringifyAnswer(answer: { readonly data?: unknown; readonly errors?: unknown; readonly extensions?: unknown }): string {
  if (!(answer.data instanceof JsonText)) return `${JSON.stringify(answer)}\n`;
  const { text } = answer.data;
  if (answer.errors === undefined && answer.extensions === undefined) return `{"data":${text}}\n`;
  return `${JSON.stringify({ errors: answer.errors, extensions: answer.extensions }).slice(0, -1)},"data":${text}}\n`;
}
