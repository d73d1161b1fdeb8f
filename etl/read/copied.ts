/** A text of its own: a slice would keep the whole block of the input that it was cut from. */
export function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
