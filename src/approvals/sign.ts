import { UserError } from '../config/user-error';
import { NAMESPACE, sshKeygen } from './ssh-keygen';
import { statementText, type Statement } from './text';

/** A statement as it was signed, and the signature over it (SSHSIG, armoured, as `ssh-keygen -Y sign` writes it). */
export interface Approval {
  readonly text: string;
  readonly signature: string;
}

/** Signs with an SSH key. `key`: the private key's file, or that of a public key whose private half the ssh agent holds. @throws UserError when it cannot be used */
export async function sign(statement: Statement, key: string): Promise<Approval> {
  const text = statementText(statement);
  const { code, out, said } = await sshKeygen(['sign', '-q', '-n', NAMESPACE, '-f', key], text);
  if (code !== 0 || !out.startsWith('-----BEGIN SSH SIGNATURE-----')) throw new UserError(`nothing was signed with ${key}: ${said.trim().split('\n').at(-1) || 'ssh-keygen gave no signature'}`);
  return { text, signature: out };
}
