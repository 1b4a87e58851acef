import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take ten minutes and more go first: begun last, one of them would run on alone. */
const LONGEST = ['releases-compose', 'releases-systemd', 'celery'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// What needs MariaDB, Redis, Docker or S3, and a sample of drawn faults, which takes minutes: `npm run test:stack-b`. As in vitest.config.mts the limits only end what hangs;
// fewer files at once, because a host with a database and an engine keeps a core busy by itself.
export default defineConfig({
  test: {
    include: ['test/stack-b/**/*.test.ts', 'test/faults/drawn.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: Number(process.env['STERNWAY_TEST_WORKERS'] ?? 2),
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
  },
});
