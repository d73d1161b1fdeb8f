import { deleteDocument, upsertDocument } from '../db/stored-document.ts';
import { found } from './found.ts';
import type { MutationResolvers, QueryResolvers } from './types.generated.ts';

/** Query documents that are known by name. */
export const documentResolvers = {
  Query: {
    documents: async (_root, _args, { open, documents }) => documents.list((await open()).savedDocuments),
    document: async (_root, { name }, { open, documents }) => documents.find(name, (await open()).savedDocuments),
  } satisfies QueryResolvers,
  Mutation: {
    saveDocument: async (_root, { name, text }, { change, documents }) => {
      documents.check(name, text);
      const { loaders } = await change((pool) => upsertDocument(pool, name, text));
      return found(documents.find(name, loaders.savedDocuments), 'document', name);
    },
    deleteDocument: async (_root, { name }, { open, change, documents }) => {
      const { savedDocuments } = await open();
      const { result } = await change((pool) => deleteDocument(pool, name, savedDocuments.keys()));
      return documents.describe(result);
    },
  } satisfies MutationResolvers,
};
