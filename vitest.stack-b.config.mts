import { defineConfig } from 'vitest/config';
import { longestFirst } from './vitest.longest-first.mts';

// What needs MariaDB, Redis, Docker or S3, and a sample of drawn faults, which takes minutes: `npm run test:stack-b`. As in vitest.config.mts the limits only end what hangs;
// fewer files at once, because a host with a database and an engine keeps a core busy by itself.
export default defineConfig({
  test: {
    include: ['test/stack-b/**/*.test.ts', 'test/faults/drawn.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: Number(process.env['STERNWAY_TEST_WORKERS'] ?? 2),
    pool: 'forks',
    sequence: { sequencer: longestFirst(['stack-b/releases-compose', 'stack-b/releases-systemd', 'stack-b/celery', 'faults/drawn', 'stack-b/drift-compose', 'stack-b/secrets']) },
  },
});
