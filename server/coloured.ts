import { styleText } from 'node:util';

/** Text in a colour, where the stream is a terminal that has colours and nobody has set NO_COLOR; else as it is. */
export function coloured(colour: 'green' | 'yellow' | 'red' | 'bold', text: string, stream: NodeJS.WriteStream): string {
  return styleText(colour, text, { stream });
}
