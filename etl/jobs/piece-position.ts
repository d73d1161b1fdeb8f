import type { Json } from '../../db/etl/position.ts';

/** Up to where a piece of a backfill is loaded: from a bookmark on, so many of the records of a stretch, in the order in which they are loaded. All before the bookmark is loaded. */
export type Place = {
  readonly bookmark: Json;
  /** So many indexes belong to the stretch. */
  readonly span: number;
  readonly count: number;
  /** Of these records: where it is another, the source says something else than it did. */
  readonly digest: string;
};

/** What is remembered of a piece that is loaded to its end. */
export const DONE = { done: true };

/** Whether a piece is loaded to its end. */
export function isDone(position: Json | undefined): boolean {
  return fieldOf(position, 'done') === true;
}

/** Up to where a piece is loaded; null: nothing is known of it. */
export function placeOf(position: Json | undefined): Place | null {
  const [bookmark, span, count, digest] = ['bookmark', 'span', 'count', 'digest'].map((name) => fieldOf(position, name));
  if (bookmark === undefined || typeof span !== 'number' || typeof count !== 'number' || typeof digest !== 'string') return null;
  return { bookmark, span, count, digest };
}

/** Where connectors begin the pieces that an earlier attempt has begun, by their keys. */
export function bookmarksOf(positions: ReadonlyMap<string, Json>): ReadonlyMap<string, Json> {
  return new Map([...positions].flatMap(([key, position]) => (placeOf(position) === null ? [] : [[key, fieldOf(position, 'bookmark') ?? null] as const])));
}

function fieldOf(position: Json | undefined, name: string): Json | undefined {
  return new Map(typeof position === 'object' && position !== null ? Object.entries<Json>(position) : []).get(name);
}
