import type { StoredDocumentRow } from '../../db/stored-document.ts';
import type { DocumentView } from '../../resolvers/document-library.ts';
import type { ServingSettings } from '../settings.ts';
import { type CheckResult, ok, warn } from './check.ts';

/** The query documents of the deployment's folder, and those that were saved, where the store could be asked for them. */
export async function checkDocuments(settings: ServingSettings, saved: readonly StoredDocumentRow[]): Promise<CheckResult> {
  const name = 'documents';
  const folder = settings.THERMOGRAPH_DOCUMENTS;
  // Only here, because the other checks start faster without GraphQL.
  const { openDocumentLibrary } = await import('../export/open-document-library.ts');
  const library = await openDocumentLibrary(settings);
  if (library.folderProblem !== null)
    return warn(name, `the folder ${folder} cannot be read: ${library.folderProblem}`, 'mend that, or set THERMOGRAPH_DOCUMENTS');
  const views = library.list(new Map(saved.map((row) => [row.name, row])));
  const bad = views.filter(({ problem }) => problem !== null);
  if (bad.length === 0)
    return ok(name, `${views.length} can be exported: ${count(views, 'DEPLOYMENT')} of the folder ${folder}, ${count(views, 'SAVED')} saved`);
  const found = bad.map((view) => `${whereIs(view, folder)}: ${view.problem}`).join('; ');
  return warn(
    name,
    `${bad.length} of ${views.length} cannot be exported: ${found}`,
    'mend the files and start the gateway anew; mend saved ones by saveDocument',
  );
}

function count(views: readonly DocumentView[], origin: DocumentView['origin']): number {
  return views.filter((view) => view.origin === origin).length;
}

function whereIs({ name, origin }: DocumentView, folder: string): string {
  return origin === 'SAVED' ? `${name} (saved)` : `${folder}/${name}.graphql`;
}
