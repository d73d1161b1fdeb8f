/** The direction of dependencies: server → resolvers → loaders → db and server → etl → alerts → db. Loaders and resolvers may use alerts/, where the status rule lives; execution/ knows GraphQL and nothing of ours. */
const PRODUCT = '^(alerts|db|etl|execution|loaders|resolvers|server)/';

/**
 * Code in `folder` must not import code in any of `others`, not even its types.
 * @param {string} folder
 * @param {string[]} others
 */
const neverImports = (folder, others) => ({
  name: `${folder}-imports-only-downwards`,
  severity: 'error',
  comment: `${folder}/ must not know ${others.join('/, ')}/.`,
  from: { path: `^${folder}/` },
  to: { path: `^(${others.join('|')})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that import each other, even only types, are one file in two places.',
      from: {},
      to: { circular: true },
    },
    neverImports('db', ['alerts', 'etl', 'loaders', 'resolvers', 'server']),
    neverImports('alerts', ['etl', 'loaders', 'resolvers', 'server']),
    neverImports('etl', ['loaders', 'resolvers', 'server']),
    neverImports('loaders', ['etl', 'resolvers', 'server']),
    neverImports('resolvers', ['etl', 'execution', 'server']),
    neverImports('execution', ['alerts', 'db', 'etl', 'loaders', 'resolvers', 'server']),
    {
      name: 'product-imports-only-product',
      severity: 'error',
      comment: 'What is shipped must not need what is not: tests, benchmarks, scripts, the pages before they are bundled.',
      from: { path: PRODUCT },
      to: { path: '^(test|bench|scripts|web)/|^[^/]+[.]ts$' },
    },
    {
      name: 'sql-only-in-db',
      severity: 'error',
      comment: 'Only db/ talks to the database; server/ may for its own wiring. Elsewhere the types of pg are welcome, pg itself is not.',
      from: { pathNot: '^(db|server|test|bench)/' },
      to: { path: 'node_modules/(@types/)?(pg|pg-copy-streams)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      comment: 'What is shipped must install with --omit=dev.',
      from: { path: PRODUCT },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'Only what the benchmarks compare with has packages of its own, which need not be installed.',
      from: { pathNot: '^bench/peers/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Before compilation, so that imports of types count: a cycle of types is a cycle.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|server/graphiql)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], mainFields: ['module', 'main', 'types'] },
  },
};
