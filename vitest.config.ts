import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vite would take its ES module, packages that import it by themselves take the CommonJS one, and two instances refuse each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // A process a file: what one test file leaves in its process does not reach the next one.
    pool: 'forks',
    // They share one database server, which has work of its own.
    maxWorkers: 2,
    // What tests wait for is a database on a machine that may be small and busy.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
  },
});
