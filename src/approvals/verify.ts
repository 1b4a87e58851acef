import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval } from './sign';
import { NAMESPACE, sshKeygen } from './ssh-keygen';
import { readStatement, type Statement } from './text';

/** A statement whose signature holds. `by`: the principal in allowed_signers. `key`: fingerprint, `SHA256:…`. */
export interface Verified extends Statement {
  readonly by: string;
  readonly key: string;
}

/** An approval that does not count; the message says why in one sentence. */
export class ApprovalRefused extends Error {
  override readonly name = 'ApprovalRefused';
}

/** What an approval must be about. */
export type Subject = Pick<Statement, 'app' | 'environment' | 'plan'>;

const LONGEST = 16_384;

/**
 * Checks an approval against the allowed signers of the worker's own configuration (a file as in ssh-keygen(1), ALLOWED SIGNERS; its
 * `namespaces`, `valid-after` and `valid-before` hold). `now`: milliseconds.
 * @throws ApprovalRefused when it does not count, Error when the file cannot be read
 */
export async function verify(approval: Approval, subject: Subject, allowedSigners: string, now: number): Promise<Verified> {
  const statement = about(approval, subject, now);
  const folder = await mkdtemp(join(tmpdir(), 'sternway-approval-'));
  try {
    const signature = join(folder, 'signature');
    await writeFile(signature, approval.signature, { mode: 0o600 });
    const at = `-Overify-time=${utc(now)}`;
    const found = await sshKeygen(['find-principals', '-n', NAMESPACE, '-s', signature, '-f', allowedSigners, at], '');
    const by = found.out.split('\n')[0]?.split(',')[0]?.trim() ?? '';
    if (/: (No such file|Permission denied)/.test(found.said)) throw new Error(`the allowed signers ${allowedSigners} cannot be read: ${found.said.trim()}`);
    if (found.code !== 0 || by === '') throw new ApprovalRefused('it is signed by nobody who may approve here');
    const { code, out } = await sshKeygen(['verify', '-n', NAMESPACE, '-s', signature, '-f', allowedSigners, '-I', by, at], approval.text);
    const key = /key (SHA256:[A-Za-z0-9+/]{43})$/m.exec(out)?.[1];
    if (code !== 0 || key === undefined) throw new ApprovalRefused(`its signature does not hold for ${by}`);
    return { ...statement, by, key };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As `-Overify-time` reads it; ssh-keygen runs in UTC, for only newer ones know a `Z`. */
function utc(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}

/** The statement, when it is about the subject and still holds: what needs no key is looked at first. */
function about({ text, signature }: Approval, subject: Subject, now: number): Statement {
  if (text.length > LONGEST || signature.length > LONGEST) throw new ApprovalRefused('it is too long to be an approval');
  const statement = readStatement(text);
  if (!statement) throw new ApprovalRefused('its text is not one that Sternway signs');
  if (statement.app !== subject.app || statement.environment !== subject.environment) throw new ApprovalRefused(`it is for ${statement.app}/${statement.environment}, not for ${subject.app}/${subject.environment}`);
  if (statement.plan !== subject.plan) throw new ApprovalRefused(`it is for another plan (${statement.plan.slice(0, 12)}, and this is ${subject.plan.slice(0, 12)}): the plan has changed since, look at it again`);
  if (Date.parse(statement.expires) <= now) throw new ApprovalRefused(`it expired at ${statement.expires}`);
  return statement;
}
