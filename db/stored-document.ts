import { changeCatalogue } from './change-catalogue.ts';
import { toSearchableId } from './check-input.ts';
import { InvalidArgumentError, NotFoundError } from './errors.ts';
import type { Pool, Queryable } from './pool.ts';

/** A query document as it was saved. */
export interface StoredDocumentRow {
  readonly name: string;
  readonly text: string;
  /** RFC 3339. */
  readonly savedAt: string;
}

/** The documents that were saved, by name. */
export async function selectStoredDocuments(db: Queryable): Promise<readonly StoredDocumentRow[]> {
  const { rows } = await db.query<StoredDocumentRow>({
    name: 'select_stored_documents',
    text: 'select name, text, saved_at as "savedAt" from stored_document order by name',
    values: [],
  });
  return rows;
}

/** Characters of all saved documents together: each gateway over the store holds them in memory, and reads them after each change of the catalogue. */
const MOST_CHARACTERS = 4_000_000;

/** Saves a document by its name, in place of one that has it. Saving the same again changes nothing. Throws InvalidArgumentError where there would be too many. */
export function upsertDocument(pool: Pool, name: string, text: string): Promise<void> {
  return changeCatalogue(pool, async (client) => {
    const { rowCount } = await client.query({
      name: 'upsert_document',
      text: `
        insert into stored_document as stored (name, text)
        values ($1, $2)
            on conflict (name) do update set text = excluded.text, saved_at = now()
         where stored.text is distinct from excluded.text`,
      values: [name, text],
    });
    await checkRoom(client, name);
    return { result: undefined, changed: (rowCount ?? 0) > 0 };
  });
}

async function checkRoom(db: Queryable, name: string): Promise<void> {
  const { rows } = await db.query<{ characters: number }>({
    name: 'select_characters_of_documents',
    text: 'select coalesce(sum(length(text)), 0)::float8 as characters from stored_document',
    values: [],
  });
  if ((rows[0]?.characters ?? 0) <= MOST_CHARACTERS) return;
  throw new InvalidArgumentError(
    'name',
    name,
    `all saved documents together have at most ${MOST_CHARACTERS.toLocaleString('en')} characters: delete one first, or put files into the folder of the deployment`,
  );
}

/** Deletes a saved document and answers what it was. Throws NotFoundError where there is none of that name; `known` are the names there are. */
export function deleteDocument(pool: Pool, name: string, known: Iterable<string>): Promise<StoredDocumentRow> {
  return changeCatalogue(pool, async (client) => {
    const { rows } = await client.query<StoredDocumentRow>({
      name: 'delete_document',
      text: 'delete from stored_document where name = $1 returning name, text, saved_at as "savedAt"',
      values: [toSearchableId(name)],
    });
    const [deleted] = rows;
    if (deleted === undefined) throw new NotFoundError('name', name, 'saved document', known);
    return { result: deleted, changed: true };
  });
}
