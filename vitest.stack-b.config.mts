import { defineConfig } from 'vitest/config';

// What needs MariaDB, Redis, Docker or S3: `npm run test:stack-b`. As in vitest.config.mts the limits only end what hangs;
// fewer files at once, because a host with a database and an engine keeps a core busy by itself.
export default defineConfig({
  test: {
    include: ['test/stack-b/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: Number(process.env['STERNWAY_TEST_WORKERS'] ?? 2),
    pool: 'forks',
  },
});
