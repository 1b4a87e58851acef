// sternway tag with real git: a bare remote and a checkout. Only the hosts are fakes; they too see the tag through real git.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type * as Actions from '../../src/cli/actions';
import { tag } from '../../src/cli/commands/tag';
import { explain } from '../../src/cli/errors';
import { makeProgram } from '../../src/cli/program';
import { PushUnknown, ReleaseTag } from '../../src/cli/release-tag';
import type { HostFacts } from '../../src/facts/facts';
import { brownfield, shopSettings } from '../plan/support/shop';
import { document } from './support/config';
import { git, TestCheckout } from './support/checkout';

/** What the next command finds on the one host, beside what git says of the tag. */
let facts: Partial<HostFacts> = {};
/** The repository that the host reads. */
let repository = '';

vi.mock('../../src/cli/hosts', () => ({ withHosts: async (_: unknown, work: (deps: object) => Promise<unknown>) => await work(fakeDeps()) }));

function fakeDeps(): object {
  const inventory = { app: 'shop', environment: 'production', hosts: { 'web-1': {} }, secrets: {}, connect: '127.0.0.1' };
  const read = async (script: string): Promise<object> => {
    const [, name = ''] = /"tag":"(.+?)"/.exec(script) ?? [];
    const refs = new Map(execFileSync('git', ['ls-remote', repository], { encoding: 'utf8' }).split('\n').map((line) => line.split('\t').reverse() as [string, string]));
    const commit = refs.get(`refs/tags/${name}^{}`) ?? refs.get(`refs/tags/${name}`) ?? null;
    return { code: 0, stderr: '', stdout: JSON.stringify({ ...brownfield({ probes: {} }), release: { commit, problem: null }, ...facts }) };
  };
  return { environment: () => ({ settings: shopSettings(), inventory }), host: () => ({ name: 'web-1', helperHome: '/var/lib/sternway/bin/0123456789ab', read }) };
}

let shop: TestCheckout;
beforeEach(() => {
  shop = new TestCheckout(document('shop'));
  facts = {};
  repository = shop.remote;
  // Whoever runs the tests has a configuration of their own.
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  onTestFinished(() => {
    shop.remove();
    vi.unstubAllEnvs();
  });
});

/** `sternway tag v2 ...` in the checkout, by the program's own command line: what it prints and its exit code. */
async function sternwayTag(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const argv = ['tag', 'v2', '--config', join(shop.path, 'sternway.yml'), '--checkout', shop.path, ...args];
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = makeProgram(async (action) => await action({ tag } as unknown as typeof Actions));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return { code: 0, out: out.mock.calls.map(([text]) => String(text)).join(''), err: '' };
  } catch (error) {
    const { code, text } = explain(error, program, argv);
    return { code, out: out.mock.calls.map(([text]) => String(text)).join(''), err: text };
  } finally {
    out.mockRestore();
  }
}

/** Refused with these reasons and no more, each on a line; tags here and there as before. */
async function expectRefused(...reasons: (string | RegExp)[]): Promise<void> {
  const before = shop.tags;
  const { code, out, err } = await sternwayTag();
  const [first, ...lines] = err.trimEnd().split('\n');
  expect({ code, out, first }, err).toEqual({ code: 12, out: '', first: 'sternway: v2 is not tagged:' });
  expect(lines).toEqual(reasons.map((reason) => (typeof reason === 'string' ? `  - ${reason}` : (expect.stringMatching(reason) as string))));
  expect(shop.tags).toEqual(before);
}

function hook(name: string, script: string): string {
  const path = join(shop.remote, 'hooks', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

describe('where all is well', () => {
  test('the tip of the branch gets an annotated tag, which is pushed and verified; the commit and the next command are told [PF-07, RD-01, RD-02, RD-03]', async () => {
    const { code, out } = await sternwayTag();
    expect(code).toBe(0);
    expect(out).toBe(`✓ the tag v2 is made and pushed to origin\n  ${shop.git('log', '-1', '--oneline')}\n  next: sternway deploy v2 --config ${shop.path}/sternway.yml\n`);
    expect(git(shop.remote, 'for-each-ref', '--format=%(objecttype) %(*objectname) %(contents:subject)', 'refs/tags/v2')).toBe(`tag ${shop.head} Release v2`);
    expect(shop.git('tag', '-l', 'v2')).toBe('v2');
  });

  test('with --json it is one object, and the message is the one given, to the letter', async () => {
    const { code, out } = await sternwayTag('--json', '--message', '#7 "tea"; touch pwned; $(touch pwned)');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ v: 1, type: 'tagged', release: 'v2', commit: shop.head, branch: 'main', remote: 'origin', created: true, pushed: true });
    expect(git(shop.remote, 'tag', '-l', '--format=%(contents:subject)', 'v2')).toBe('#7 "tea"; touch pwned; $(touch pwned)');
    expect(shop.git('status', '--porcelain')).toBe('');
  });

  test('another branch, another remote, a detached HEAD, ignored files and a directory below are no obstacle', async () => {
    shop.git('remote', 'rename', 'origin', 'upstream');
    shop.git('push', '--quiet', 'upstream', 'HEAD:stable');
    shop.git('checkout', '--quiet', '--detach');
    shop.write('cache.pyc', '');
    mkdirSync(join(shop.path, 'below'));
    expect(await sternwayTag('--branch', 'stable', '--remote', 'upstream', '--checkout', join(shop.path, 'below'))).toMatchObject({ code: 0 });
    expect(shop.tags.there).toHaveLength(1);
  });

  test('only this tag is pushed, whatever git is configured to push along', async () => {
    shop.git('tag', '-a', '-m', 'mine', 'not-published');
    shop.git('config', 'push.followTags', 'true');
    expect((await sternwayTag()).code).toBe(0);
    expect(shop.tags.there).toEqual([expect.stringMatching(/ v2$/)]);
  });

  test('inside a git hook, whose environment leads elsewhere, it is still this checkout', async () => {
    const other = new TestCheckout(document('other'));
    onTestFinished(() => other.remove());
    vi.stubEnv('GIT_DIR', join(other.path, '.git'));
    expect((await sternwayTag()).code).toBe(0);
    expect([shop.tags.there.length, other.tags]).toEqual([1, { here: [], there: [] }]);
  });
});

describe('before anything is tagged', () => {
  test('a failed preflight on the hosts leaves no tag behind, and once it is mended the same command tags [A-43]', async () => {
    facts = { owner: false, tools: ['flock'] };
    await expectRefused('web-1: flock is not installed; install it', 'web-1: the user shop or the group shop does not exist; create it or correct owner');
    expect(shop.tags).toEqual({ here: [], there: [] });
    facts = {};
    expect((await sternwayTag()).code).toBe(0);
  });

  test('a repository that a host cannot read is refused: that there is no tag yet excuses nothing else [A-43]', async () => {
    facts = { release: { commit: null, problem: 'Permission denied (publickey).' } };
    await expectRefused('web-1: the repository file:///srv/git/shop.git cannot be read: Permission denied (publickey).');
  });

  test('the reasons of the checkout and of the hosts are told at once [A-43]', async () => {
    shop.commit('not pushed');
    shop.write('a.txt', 'new');
    facts = { owner: false };
    await expectRefused(/changes that are not committed \(\?\? a\.txt\)/, /ahead of main of origin by 1 commit;/, /^ {2}- web-1: the user shop/);
  });

  test.each([
    ['edited', () => shop.write('.gitignore', ''), 'M .gitignore'],
    ['new', () => shop.write('a b', ''), '?? "a b"'],
    ['staged', () => (shop.write('c', ''), shop.git('add', 'c')), 'A  c'],
    ['new, though git is told not to show such', () => (shop.write('d', ''), shop.git('config', 'status.showUntrackedFiles', 'no')), '?? d'],
  ] as const)('a file that is %s is refused, by the checkout here [PF-09, A-44]', async (_, change, line) => {
    change();
    await expectRefused(`the checkout has changes that are not committed (${line}); commit them or put them back`);
  });

  test('local edits on the host are refused as well, though the checkout here is clean [A-44]', async () => {
    facts = { dirty: [' M shop/views.py'] };
    await expectRefused(/web-1: .* has changes that are not committed \( M shop\/views\.py\)/);
  });

  test('commits that the remote lacks, or has and nobody fetched, or both, are refused with what to do [PF-06]', async () => {
    shop.commit('one');
    shop.commit('two');
    await expectRefused('HEAD is ahead of main of origin by 2 commits; push them first (git push origin HEAD:main)');
    shop.commitElsewhere('by Eve');
    await expectRefused('HEAD and main of origin have parted: ahead by 2 commits, behind by 1 commit; bring the two together (git pull --rebase origin main), test, and push');
    shop.git('reset', '--quiet', '--hard', 'HEAD~2');
    await expectRefused('HEAD is behind main of origin by 1 commit; bring them here (git checkout main && git pull --ff-only origin main)');
    shop.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    expect((await sternwayTag()).code).toBe(0);
  });

  test('a tag that is elsewhere already is never moved, here or at the remote', async () => {
    const old = shop.head.slice(0, 12);
    shop.git('tag', '-a', '-m', 'old', 'v2');
    shop.commit('more');
    shop.git('push', '--quiet', 'origin', 'main');
    const new_ = shop.head.slice(0, 12);
    await expectRefused(`the tag v2 is in the checkout already, at ${old} and not at ${new_}; if it was never published, delete it (git tag -d v2)`);
    shop.git('push', '--quiet', 'origin', 'v2');
    await expectRefused(`the tag v2 is on origin already, at ${old} and not at ${new_}; what is published stays: choose another name`);
    shop.git('tag', '-d', 'v2');
    expect(await sternwayTag()).toMatchObject({ code: 12, err: expect.stringMatching(/on origin already, at .*choose another name\n$/) as string });
  });

  test('a lightweight tag at the right commit is no release tag, here or at the remote [RD-01]', async () => {
    shop.git('tag', 'v2');
    await expectRefused('the tag v2 is in the checkout already, but lightweight and not annotated; if it was never published, delete it (git tag -d v2)');
    shop.git('push', '--quiet', 'origin', 'v2');
    await expectRefused('the tag v2 is on origin already, but lightweight and not annotated; what is published stays: choose another name');
  });

  test('a repository of the hosts that has the name at another commit is refused', async () => {
    const other = new TestCheckout(document('other'));
    onTestFinished(() => other.remove());
    other.git('commit', '--quiet', '--allow-empty', '-m', 'another');
    other.git('tag', '-a', '-m', 'theirs', 'v2');
    repository = other.path;
    await expectRefused(`the hosts find v2 in file:///srv/git/shop.git at ${other.head.slice(0, 12)} and not at ${shop.head.slice(0, 12)}; is that repository the remote?`);
  });

  test('a remote that has the tag does not help hosts that read another repository', async () => {
    expect((await sternwayTag()).code).toBe(0);
    git(shop.root, 'init', '--quiet', '--bare', 'empty.git');
    repository = join(shop.root, 'empty.git');
    await expectRefused(/web-1: there is no tag v2 in /);
  });

  test('no checkout, no such remote and no such branch are mistakes of the command line', async () => {
    expect(await sternwayTag('--checkout', shop.remote)).toMatchObject({ code: 2, err: expect.stringMatching(/remote\.git is no git checkout with a commit \(.*must be run in a work tree\); name one with --checkout\n$/) as string });
    expect(await sternwayTag('--checkout', join(shop.root, 'nowhere'))).toMatchObject({ code: 2, err: expect.stringContaining('cannot change to') as string });
    expect(await sternwayTag('--remote', 'upstream')).toMatchObject({ code: 2, err: 'sternway: the checkout has no remote upstream (it has origin); name it with --remote\n' });
    expect(await sternwayTag('--branch', 'prod')).toMatchObject({ code: 2, err: 'sternway: origin has no branch prod; name the one that is deployed with --branch\n' });
  });

  test('a remote that wants a password is told and nobody is asked; the secret in a URL is not shown', async () => {
    const server = createServer((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`;
    shop.git('remote', 'set-url', 'origin', `http://${address}`);
    expect(await sternwayTag()).toMatchObject({ code: 12, err: expect.stringContaining('terminal prompts disabled') as string });
    shop.git('remote', 'set-url', 'origin', `http://ada:hunter2@${address}`);
    const { code, err } = await sternwayTag();
    expect(code).toBe(12);
    expect(err).toContain('v2 is not tagged: git ls-remote: ');
    expect(err).not.toContain('hunter2');
  });
});

describe('once more', () => {
  test('a tag that is there and pushed is success, and stays the same object [A-43, RD-01]', async () => {
    await sternwayTag();
    const before = shop.tags;
    const { code, out } = await sternwayTag('--message', 'another');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^✓ the tag v2 was there already, here and on origin\n/) as string });
    expect(shop.tags).toEqual(before);
  });

  test('a tag that is only here is pushed as it is [A-43, RD-02]', async () => {
    shop.git('tag', '-a', '-m', 'by hand', 'v2');
    expect(await sternwayTag()).toMatchObject({ code: 0, out: expect.stringContaining('was there already and is pushed to origin') as string });
    expect(shop.tags.there).toEqual(shop.tags.here);
  });

  test('a tag that is only at the remote is fetched [A-43, RD-03]', async () => {
    await sternwayTag();
    const before = shop.tags;
    shop.git('tag', '-d', 'v2');
    shop.git('config', 'remote.origin.tagOpt', '--no-tags');
    expect((await sternwayTag()).code).toBe(0);
    expect(shop.tags).toEqual(before);
  });
});

describe('a push that fails', () => {
  test('leaves no tag here, says the remote\'s own words without a secret, and can be tried again [A-43, RD-02]', async () => {
    const refusing = hook('pre-receive', 'echo the release week is over, says https://ada:hunter2@calendar.test >&2; exit 1');
    const { code, out, err } = await sternwayTag();
    expect({ code, out, err }).toEqual({ code: 12, out: '', err: expect.stringMatching(/^sternway: v2 is not tagged: git push: remote: the release week is over, says https:\/\/calendar\.test; .*pre-receive hook declined/) as string });
    expect(shop.tags).toEqual({ here: [], there: [] });
    rmSync(refusing);
    expect((await sternwayTag()).code).toBe(0);
  });

  test('as somebody else has pushed the tag meanwhile, moves nothing', async () => {
    const releaseTag = new ReleaseTag({ release: 'v2', message: 'Release v2', branch: 'main', remote: 'origin', checkout: shop.path });
    const found = await releaseTag.look();
    git(shop.remote, 'tag', '-a', '-m', 'theirs', 'v2', 'main^{tree}');
    const theirs = shop.tags.there;
    await expect(releaseTag.publish(found)).rejects.toThrow(/^git push: .*already exists/);
    expect(shop.tags).toEqual({ here: [], there: theirs });
  });

  test('leaves a tag that somebody made before', async () => {
    hook('pre-receive', 'exit 1');
    shop.git('tag', '-a', '-m', 'by hand', 'v2');
    expect((await sternwayTag()).code).toBe(12);
    expect(shop.tags.here).toHaveLength(1);
  });

  test('but whose tag arrived is a push that succeeded: the remote\'s own word decides [RD-03]', async () => {
    shop.git('config', 'remote.origin.receivepack', 'f() { git-receive-pack "$@"; exit 7; }; f');
    expect(await sternwayTag()).toMatchObject({ code: 0 });
    expect(shop.tags.there).toHaveLength(1);
  });

  test('and a remote that cannot be asked afterwards: exit 11, nothing is claimed, and no tag stays here [RD-03]', async () => {
    shop.git('config', 'remote.origin.receivepack', `f() { mv "$1" "$1.away"; exit 1; }; f`);
    const { code, err } = await sternwayTag();
    expect({ code, err }).toEqual({ code: 11, err: expect.stringMatching(/^sternway: git push: .*; whether origin has v2 now is not known: run the command again\n$/) as string });
    renameSync(`${shop.remote}.away`, shop.remote);
    expect(shop.tags).toEqual({ here: [], there: [] });
  });

  test('and one that a remote took but does not show is not called done [RD-03]', async () => {
    hook('post-receive', 'git update-ref -d refs/tags/v2');
    expect(await sternwayTag()).toMatchObject({ code: 11, err: expect.stringContaining('origin took the push, but git ls-remote does not show v2') as string });
  });

  test('and one that does not end is stopped, and nothing is claimed of it', async () => {
    shop.git('config', 'remote.origin.receivepack', 'f() { cat > /dev/null; }; f');
    const request = { release: 'v2', message: 'Release v2', branch: 'main', remote: 'origin', checkout: shop.path };
    const found = await new ReleaseTag(request).look();
    const publishing = new ReleaseTag(request, { local: 60, network: 2 }).publish(found);
    await expect(publishing).rejects.toThrow(new PushUnknown('git push took longer than 2 s and was stopped'));
    expect(shop.tags).toEqual({ here: [], there: [] });
  });
});
