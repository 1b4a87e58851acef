import { defineConfig } from 'vitest/config';
import { longestFirst } from './vitest.longest-first.mts';

// Tests of real hosts and servers wait for conditions, and a busy machine is slow: the limits only end what hangs.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/stack-b/**', 'test/faults/drawn.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // Two files at once, as the smallest machine has cores; files that raise hosts spend most of their time waiting.
    maxWorkers: Number(process.env['STERNWAY_TEST_WORKERS'] ?? 3),
    pool: 'forks',
    sequence: { sequencer: longestFirst(['faults/sample', 'e2e/releases', 'e2e/drift', 'e2e/verification', 'config/broken', 'e2e/kills', 'e2e/drill', 'workflows/bake', 'faults/database', 'hosts/ledger-search']) },
  },
});
