import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { fencesOf, readPage } from './support/markdown.ts';

const db = useDatabase();

/** Of the tables of the store, the one that only remembers which migrations were applied is nobody's model. */
const TABLES = `
  select table_name as name, string_agg(column_name, ' ' order by ordinal_position) as columns
    from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
   where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'migration%' and table_name !~ '^reading_\\d'
   group by 1
   order by 1`;

it('draws every table of the store with its columns', async () => {
  const [drawing] = fencesOf(readPage('docs/data-model.md')).filter(({ language }) => language === 'mermaid');
  const drawn = [...(drawing?.text ?? '').matchAll(/^ {2}(\w+) \{\n([^}]*)\}/gm)].map(([, name = '', body = '']) => ({
    name,
    columns: [...body.matchAll(/^\s+\S+ (\w+)/gm)].map(([, column = '']) => column).join(' '),
  }));

  const { rows } = await db.pool.query<{ name: string; columns: string }>(TABLES);

  expect(drawn.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(rows);
});
