import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

const identity = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' };

/** git as a person at this machine runs it, with none of their own configuration. */
export function git(directory: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1', ...identity };
  return execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** A bare remote and a clean checkout of its branch main with one commit that holds sternway.yml, in a directory of its own. */
export class TestCheckout {
  readonly root = mkdtempSync(join(tmpdir(), 'sternway-tag-'));
  readonly remote = join(this.root, 'remote.git');
  readonly path = join(this.root, 'checkout');

  constructor(config: object) {
    git(this.root, 'init', '--quiet', '--bare', '--initial-branch=main', this.remote);
    git(this.root, 'init', '--quiet', '--initial-branch=main', this.path);
    git(this.path, 'remote', 'add', 'origin', this.remote);
    git(this.path, 'config', 'user.name', 'Ada');
    git(this.path, 'config', 'user.email', 'ada@example.org');
    this.write('sternway.yml', stringify(config));
    this.write('.gitignore', '*.pyc\n');
    this.commit('Sell tea');
    this.git('push', '--quiet', 'origin', 'main');
  }

  git(...args: string[]): string {
    return git(this.path, ...args);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** A commit of all that is there, not pushed; its hash. */
  commit(subject: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', subject);
    return this.head;
  }

  /** Somebody else pushes to main. */
  commitElsewhere(subject: string): void {
    const other = mkdtempSync(join(this.root, 'other-'));
    git(other, 'clone', '--quiet', this.remote, '.');
    git(other, 'commit', '--quiet', '--allow-empty', '-m', subject);
    git(other, 'push', '--quiet', 'origin', 'main');
  }

  get head(): string {
    return this.git('rev-parse', 'HEAD');
  }

  /** `hash name` lines of the tags here, and at the remote; of annotated ones the tag objects. */
  get tags(): { here: string[]; there: string[] } {
    const list = (directory: string): string[] => git(directory, 'for-each-ref', '--format=%(objectname) %(refname:short)', 'refs/tags').split('\n').filter(Boolean);
    return { here: list(this.path), there: list(this.remote) };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
