import { UserError } from '../config/user-error';
import { Git, GitFailed, type GitLimits } from './git';
import { shellWord } from '../report/shell';

/** Which tag, where. */
export interface TagRequest {
  readonly release: string;
  readonly message: string;
  readonly branch: string;
  readonly remote: string;
  /** Any directory of the checkout. */
  readonly checkout: string;
}

/** A tag as a repository has it. */
interface Tag {
  /** The commit behind it; empty where it names something else. */
  readonly commit: string;
  readonly annotated: boolean;
}

/** What was found before anything is changed. */
export interface Checkout {
  /** Full hash of HEAD. */
  readonly commit: string;
  /** As `git log -1 --oneline` prints it. */
  readonly line: string;
  /** Whether the remote has the tag already, at whatever commit. */
  readonly there: boolean;
  /** Every reason not to tag, each a sentence with what to do. Empty: go. */
  readonly problems: readonly string[];
}

/** Nobody knows whether the remote has the tag now. */
export class PushUnknown extends Error {
  override readonly name = 'PushUnknown';
}

/** Makes and publishes the tag of a release in a checkout on this machine: looks, then tags, and either can be done again. */
export class ReleaseTag {
  readonly #git: Git;
  readonly #ref: string;

  constructor(
    private readonly wanted: TagRequest,
    limits?: GitLimits,
  ) {
    this.#git = new Git(wanted.checkout, limits);
    this.#ref = `refs/tags/${wanted.release}`;
  }

  /** Brings the remote's branch and tags here and judges. @throws UserError where checkout, remote or branch do not exist; GitFailed */
  async look(): Promise<Checkout> {
    const { branch, remote } = this.wanted;
    const commit = await this.#head();
    const refs = await this.#onRemote(`refs/heads/${branch}`);
    if (!refs.has(`refs/heads/${branch}`)) throw new UserError(`${remote} has no branch ${branch}; name the one that is deployed with --branch`);
    const there = tagIn(refs, this.#ref);
    const tip = `refs/remotes/${remote}/${branch}`;
    const missing = there?.commit === commit && !(await this.#local()) ? [`${this.#ref}:${this.#ref}`] : [];
    await this.#git.network('fetch', '--quiet', '--', remote, `+refs/heads/${branch}:${tip}`, ...missing);
    return {
      commit,
      line: await this.#git.local('log', '-1', '--oneline', '--no-decorate', '--no-color', commit),
      there: there !== undefined,
      problems: [...(await this.#changes()), ...(await this.#distance(commit, tip)), ...this.#tags(commit, await this.#local(), there)],
    };
  }

  /**
   * Makes the tag at the commit that was looked at, where it is missing, and brings it to the remote, where it is missing. A tag that was
   * made here and was not pushed is gone again. @throws GitFailed when nothing is changed, PushUnknown
   */
  async publish({ commit, there }: Checkout): Promise<{ created: boolean; pushed: boolean }> {
    const { release, message, remote } = this.wanted;
    const created = (await this.#local()) === undefined;
    // Lines that begin with # are part of a message, not comments.
    if (created) await this.#git.local('tag', '-a', '--cleanup=whitespace', '-m', message, '--', release, commit);
    const object = await this.#git.local('rev-parse', '--verify', this.#ref);
    if ((await this.#git.local('tag', '-l', '--', release)) !== release) throw new PushUnknown(`git tag -l does not show ${release}`);
    if (there) return { created, pushed: false };
    const failure = await this.#push();
    const seen = await this.#remoteTag();
    // The remote's own word decides: an answer may be lost where the tag is not.
    if (seen !== 'unknown' && seen?.annotated && seen.commit === commit) return { created, pushed: true };
    if (!failure) throw new PushUnknown(`${remote} took the push, but git ls-remote does not show ${release} at ${commit}`);
    if (created) await this.#git.local('update-ref', '-d', this.#ref, object);
    if (failure.late || seen === 'unknown') throw new PushUnknown(failure.message);
    throw failure;
  }

  async #push(): Promise<GitFailed | undefined> {
    try {
      await this.#git.network('push', '--quiet', '--no-follow-tags', '--', this.wanted.remote, this.#ref);
      return undefined;
    } catch (error) {
      if (error instanceof GitFailed) return error;
      throw error;
    }
  }

  async #remoteTag(): Promise<Tag | undefined | 'unknown'> {
    try {
      return tagIn(await this.#onRemote(), this.#ref);
    } catch (error) {
      if (error instanceof GitFailed) return 'unknown';
      throw error;
    }
  }

  async #head(): Promise<string> {
    const { checkout, remote } = this.wanted;
    const words = (error: unknown): never => {
      if (error instanceof GitFailed) throw new UserError(`${checkout} is no git checkout with a commit (${error.message}); name one with --checkout`);
      throw error;
    };
    // In a bare repository there is nothing that could be clean.
    await this.#git.local('rev-parse', '--show-toplevel').catch(words);
    const commit = await this.#git.local('rev-parse', '--verify', 'HEAD^{commit}').catch(words);
    const remotes = (await this.#git.local('remote')).split('\n');
    if (!remotes.includes(remote)) throw new UserError(`the checkout has no remote ${remote}${remotes[0] ? ` (it has ${remotes.join(', ')})` : ''}; name it with --remote`);
    return commit;
  }

  async #local(): Promise<Tag | undefined> {
    const shown = await this.#git.local('for-each-ref', '--format=%(refname) %(objecttype)', this.#ref);
    const type = shown.split('\n').find((line) => line.startsWith(`${this.#ref} `))?.slice(this.#ref.length + 1);
    if (type === undefined) return undefined;
    const commit = await this.#git.local('rev-parse', '--verify', `${this.#ref}^{commit}`).catch(() => '');
    return { commit, annotated: type === 'tag' };
  }

  /** Hashes by name, of the tag and of `others`. */
  async #onRemote(...others: string[]): Promise<Map<string, string>> {
    const shown = await this.#git.network('ls-remote', '--', this.wanted.remote, ...others, this.#ref, `${this.#ref}^{}`);
    return new Map(shown.split('\n').map((line) => line.split('\t').reverse() as [string, string]));
  }

  async #changes(): Promise<string[]> {
    const lines = (await this.#git.local('status', '--porcelain', '--untracked-files=normal')).split('\n').filter(Boolean).map((line) => line.trim());
    const more = lines.length > 3 ? `; and ${lines.length - 3} more` : '';
    return lines.length === 0 ? [] : [`the checkout has changes that are not committed (${lines.slice(0, 3).join('; ')}${more}); commit them or put them back`];
  }

  async #distance(commit: string, tip: string): Promise<string[]> {
    const { branch, remote } = this.wanted;
    if ((await this.#git.local('rev-parse', '--verify', tip)) === commit) return [];
    const [ahead = 0, behind = 0] = (await this.#git.local('rev-list', '--left-right', '--count', `${commit}...${tip}`)).split('\t').map(Number);
    const to = `${shellWord(remote)} ${shellWord(branch)}`;
    const whose = `${branch} of ${remote}`;
    if (behind === 0) return [`HEAD is ahead of ${whose} by ${commits(ahead)}; push them first (git push ${shellWord(remote)} HEAD:${shellWord(branch)})`];
    if (ahead === 0) return [`HEAD is behind ${whose} by ${commits(behind)}; bring them here (git checkout ${shellWord(branch)} && git pull --ff-only ${to})`];
    return [`HEAD and ${whose} have parted: ahead by ${commits(ahead)}, behind by ${commits(behind)}; bring the two together (git pull --rebase ${to}), test, and push`];
  }

  /** The remote's tag comes first: beside it, one here is a copy. */
  #tags(commit: string, here: Tag | undefined, there: Tag | undefined): string[] {
    const { release, remote } = this.wanted;
    const published = judge(there, commit, `the tag ${release} is on ${remote}`, 'what is published stays: choose another name');
    if (published.length > 0) return published;
    return judge(here, commit, `the tag ${release} is in the checkout`, `${there ? '' : 'if it was never published, '}delete it (git tag -d ${shellWord(release)})`);
  }
}

function judge(tag: Tag | undefined, commit: string, where: string, advice: string): string[] {
  if (tag === undefined || (tag.commit === commit && tag.annotated)) return [];
  if (tag.commit !== commit) return [`${where} already, at ${tag.commit.slice(0, 12) || 'something that is no commit'} and not at ${commit.slice(0, 12)}; ${advice}`];
  return [`${where} already, but lightweight and not annotated; ${advice}`];
}

function tagIn(refs: ReadonlyMap<string, string>, ref: string): Tag | undefined {
  const object = refs.get(ref);
  const peeled = refs.get(`${ref}^{}`);
  return object === undefined ? undefined : { commit: peeled ?? object, annotated: peeled !== undefined };
}

function commits(count: number): string {
  return count === 1 ? '1 commit' : `${count} commits`;
}
