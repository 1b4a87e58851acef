// One at a time across processes: `npm test` and `npm run demo` may be started together.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { onPath } from './run.mjs';

/**
 * Runs `work` while holding a lock on the file, waiting for whoever holds it. The lock is the kernel's, held by a child
 * that ends when its input does: so it is free the moment its holder is gone, however it went.
 * A machine without flock(1) gets no lock; it is part of every Linux.
 */
export async function withLock(path, work) {
  const flock = onPath('flock');
  if (!flock) return work();
  mkdirSync(dirname(path), { recursive: true });
  const holder = spawn(flock, [path, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  try {
    await Promise.race([once(holder.stdout, 'data'), ended.then(([code]) => Promise.reject(new Error(`${path} cannot be locked: flock ended with ${code}`)))]);
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
