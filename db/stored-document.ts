import { changeCatalogue } from './change-catalogue.ts';
import { toSearchableId } from './check-input.ts';
import { NotFoundError } from './errors.ts';
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

/** Saves a document by its name, in place of one that has it. Saving the same again changes nothing. */
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
    return { result: undefined, changed: (rowCount ?? 0) > 0 };
  });
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
