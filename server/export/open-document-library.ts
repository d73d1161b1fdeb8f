import { createSchema } from '../../resolvers/schema.ts';
import { createDocumentGuard, documentLimitsOf } from '../limits.ts';
import type { ServingSettings } from '../settings.ts';
import { createDocumentLibrary, type ExportLibrary } from './document-library.ts';

/** The library of a gateway with these settings, for looking at it without the gateway. */
export function openDocumentLibrary(settings: ServingSettings): Promise<ExportLibrary> {
  return createDocumentLibrary({ schema: createSchema(), refuse: createDocumentGuard(documentLimitsOf(settings)), folder: settings.THERMOGRAPH_DOCUMENTS });
}
