import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sign, type Approval } from '../../src/approvals/sign';
import { tally } from '../../src/approvals/tally';
import { readStatement, statementText, type Statement } from '../../src/approvals/text';
import { ApprovalRefused, verify } from '../../src/approvals/verify';

let folder: string;
let allowed: string;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const PLAN = 'ab'.repeat(32);
const STATEMENT: Statement = { app: 'shop', environment: 'production', plan: PLAN, decision: 'approve', expires: '2026-11-22T13:00:00Z' };

const key = (name: string): string => join(folder, name);
const publicKey = (name: string): string => readFileSync(`${key(name)}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sternway-approvals-'));
  for (const name of ['ada', 'ada-2', 'bob', 'mallory', 'late', 'commits']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key(name)]);
  allowed = join(folder, 'allowed_signers');
  writeFileSync(allowed, [
    `ada@example.org namespaces="sternway-approval" ${publicKey('ada')}`,
    `ada@example.org namespaces="sternway-approval" ${publicKey('ada-2')}`,
    `bob@example.org ${publicKey('bob')}`,
    `late@example.org namespaces="sternway-approval",valid-before="20260101" ${publicKey('late')}`,
    `commits@example.org namespaces="git" ${publicKey('commits')}`,
  ].join('\n') + '\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = async (approval: Approval, subject = STATEMENT, now = NOW): Promise<string> => {
  const error = await verify(approval, subject, allowed, now).then(() => expect.unreachable(), (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApprovalRefused);
  return (error as Error).message;
};

test('an approval names its approver by the key that signed it [F20]', async () => {
  const verified = await verify(await sign(STATEMENT, key('ada')), STATEMENT, allowed, NOW);
  const fingerprint = execFileSync('ssh-keygen', ['-lf', `${key('ada')}.pub`]).toString().split(' ')[1];
  expect(verified).toEqual({ ...STATEMENT, by: 'ada@example.org', key: fingerprint });
});

test('an approval for another plan, environment or app, or one that has expired, does not count [F20]', async () => {
  const approval = await sign(STATEMENT, key('ada'));
  expect(await refusal(approval, { ...STATEMENT, plan: 'cd'.repeat(32) })).toBe('it is for another plan (abababababab, and this is cdcdcdcdcdcd): the plan has changed since, look at it again');
  expect(await refusal(approval, { ...STATEMENT, environment: 'staging' })).toBe('it is for shop/production, not for shop/staging');
  expect(await refusal(approval, { ...STATEMENT, app: 'notes' })).toBe('it is for shop/production, not for notes/production');
  expect(await refusal(approval, STATEMENT, Date.parse(STATEMENT.expires))).toBe('it expired at 2026-11-22T13:00:00Z');
});

test('a text that was changed after it was signed, by any one letter, does not count [F20]', async () => {
  const { text, signature } = await sign(STATEMENT, key('ada'));
  expect(await refusal({ text: text.replace('T13:', 'T23:'), signature })).toBe('its signature does not hold for ada@example.org');
  expect(await refusal({ text: text.replace('approve\n', 'reject\n'), signature })).toBe('its signature does not hold for ada@example.org');
  for (const other of [`${text}\n`, text.replace('\n', '\r\n'), text.replace('app: ', 'app:  '), `${text}app: notes\n`, text.slice(0, -1), '']) expect(await refusal({ text: other, signature })).toBe('its text is not one that Sternway signs');
});

test('a key that nobody allowed, one whose time is over, and one for other signatures only, approve nothing [F20]', async () => {
  for (const name of ['mallory', 'late', 'commits']) expect([name, await refusal(await sign(STATEMENT, key(name)))]).toEqual([name, expect.stringMatching(/^(it is signed by nobody who may approve here|its signature does not hold for \S+@example\.org)$/)]);
});

test('a signature of an allowed key that was made for something else, such as a git commit, approves nothing [F20]', async () => {
  const text = statementText(STATEMENT);
  const signature = execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'git', '-f', key('bob')], { input: text }).toString();
  expect(await refusal({ text, signature })).toMatch(/^(it is signed by nobody who may approve here|its signature does not hold for bob@example\.org)$/);
});

test('garbage in place of a signature is refused, never an error of ours [F20]', async () => {
  const { text, signature } = await sign(STATEMENT, key('ada'));
  for (const garbage of ['', 'x', signature.slice(0, 80), signature.replace(/[A-Z]/, 'a'), `${signature}x`.repeat(80), '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n']) {
    if (garbage !== signature) expect(await refusal({ text, signature: garbage })).not.toBe('');
  }
});

test('allowed signers that cannot be read approve nothing, and are named', async () => {
  await expect(verify(await sign(STATEMENT, key('ada')), STATEMENT, join(folder, 'nowhere'), NOW)).rejects.toThrow(/nowhere/);
});

test('whoever signs twice counts once, with one key or with two; a reject stands against the same person\'s approve [F20]', async () => {
  const verified = async (name: string, decision: Statement['decision'] = 'approve') => {
    const statement = { ...STATEMENT, decision };
    return await verify(await sign(statement, key(name)), statement, allowed, NOW);
  };
  const [ada, again, second, bob] = [await verified('ada'), await verified('ada'), await verified('ada-2'), await verified('bob')];
  expect(tally([ada, again, second])).toEqual({ approved: ['ada@example.org'], rejected: [] });
  expect(tally([ada, bob, second])).toEqual({ approved: ['ada@example.org', 'bob@example.org'], rejected: [] });
  expect(tally([ada, bob, await verified('ada-2', 'reject')])).toEqual({ approved: ['bob@example.org'], rejected: ['ada@example.org'] });
  // One key under two names is one person; a third word may show that two were one.
  expect(tally([ada, { ...ada, by: 'carol@example.org' }])).toEqual({ approved: ['ada@example.org'], rejected: [] });
  expect(tally([{ ...bob, key: 'k1', by: 'x' }, { ...bob, key: 'k2', by: 'y' }, { ...bob, key: 'k1', by: 'y' }]).approved).toHaveLength(1);
});

test('a key that cannot be used signs nothing, and is named', async () => {
  await expect(sign(STATEMENT, key('nobody'))).rejects.toThrow(/nobody/);
});

test('a statement has one spelling, and what cannot be spelled is refused', () => {
  expect(statementText(STATEMENT)).toBe(`sternway-approval 1\napp: shop\nenvironment: production\nplan: ${PLAN}\ndecision: approve\nexpires: 2026-11-22T13:00:00Z\n`);
  const field = fc.oneof(fc.string(), fc.constantFrom('shop', 'production', PLAN, 'approve', 'reject', '2026-11-22T13:00:00Z', '2026-13-45T99:00:00Z', 'shop\nplan: x', ''));
  fc.assert(
    fc.property(fc.record({ app: field, environment: field, plan: field, decision: field as fc.Arbitrary<Statement['decision']>, expires: field }), (statement) => {
      let text: string | undefined;
      try {
        text = statementText(statement);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
      if (text !== undefined) expect(readStatement(text)).toEqual(statement);
    }),
  );
  expect(() => statementText({ ...STATEMENT, expires: '2026-13-45T99:00:00Z' })).toThrow(RangeError);
});
