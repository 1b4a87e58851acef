/** Public host keys as `ssh-keyscan` and `/etc/ssh/ssh_host_*_key.pub` show them: `ssh-ed25519 AAAA…`. */

const ALGORITHMS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** What is wrong with a key, or undefined. */
export function hostKeyFault(text: string): string | undefined {
  const [algorithm = '', body = '', ...rest] = text.trim().split(/\s+/);
  if (ALGORITHMS.includes(body)) return 'begins with a host name';
  if (!ALGORITHMS.includes(algorithm)) return `must begin with one of ${ALGORITHMS.join(', ')}`;
  if (rest.length > 1 || text.includes('\n')) return 'holds more than one key';
  const blob = decodeBase64(body);
  if (blob === undefined || body === '') return 'must have its base64 text after the algorithm';
  const parts = sshStrings(blob);
  if (parts === undefined || parts.length < 2) return 'is cut short';
  return String.fromCharCode(...(parts[0] ?? [])) === algorithm ? undefined : `says ${algorithm}, yet its base64 text is of another kind`;
}

/** `algorithm base64`, without a comment: one spelling for one key. */
export function plainHostKey(text: string): string {
  return text.trim().split(/\s+/).slice(0, 2).join(' ');
}

/** Written out because neither Buffer nor atob exists where workflows run. */
function decodeBase64(text: string): number[] | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text.replace(/=+$/, '')) {
    value = ((value << 6) | BASE64.indexOf(character)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return bytes;
}

/** The length-prefixed strings a key consists of, or undefined unless they fill it exactly: a key cut while copying does not. */
function sshStrings(blob: readonly number[]): number[][] | undefined {
  const strings: number[][] = [];
  let at = 0;
  while (at < blob.length) {
    const [a, b, c, d] = blob.slice(at, at + 4);
    if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
    const end = at + 4 + ((a << 24) | (b << 16) | (c << 8) | d);
    if (end < at + 4 || end > blob.length) return undefined;
    strings.push(blob.slice(at + 4, end));
    at = end;
  }
  return strings;
}
