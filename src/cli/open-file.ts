import { spawn } from 'node:child_process';

/** The program that opens a file for a person here; undefined where nobody could see it. */
export function opener(platform: NodeJS.Platform = process.platform, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (platform === 'darwin') return 'open';
  return env.DISPLAY || env.WAYLAND_DISPLAY ? 'xdg-open' : undefined;
}

/** Starts `program`, as {@link opener} names it, on a file, by an absolute path, and does not wait for it; false where there is none or it does not start. */
export function openFile(path: string, program: string | undefined): Promise<boolean> {
  if (program === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(program, [path], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
