import { afterAll, beforeAll, vi } from 'vitest';
import { Temporal } from './temporal';

/** For the top of a test file: a server and a worker of its own, and tests side by side on them. */
export function useTemporal(): Temporal {
  const temporal = new Temporal();
  vi.setConfig({ maxConcurrency: 12 });
  beforeAll(() => temporal.start());
  afterAll(() => temporal.stop());
  return temporal;
}
