/** JSON that is written already: goes into an answer as it is. */
export class JsonText {
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
export function stringifyAnswer({ data, ...rest }: { readonly data?: unknown }): string {
  if (!(data instanceof JsonText)) return `${JSON.stringify({ ...rest, data })}\n`;
  const others = JSON.stringify(rest);
  return others === '{}' ? `{"data":${data.text}}\n` : `${others.slice(0, -1)},"data":${data.text}}\n`;
}
