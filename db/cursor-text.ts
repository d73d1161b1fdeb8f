/** A cursor is a key, so that a page goes on behind it also where what it was made of is gone. Opaque to clients. */
export function writeCursorText(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The key in a text; empty where it is no cursor at all. */
export function readCursorText(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
