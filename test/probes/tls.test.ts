import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporary, tool } from '../commands/support/run';
import { closedPort, http, listening, tcp, useless } from './support/servers';
import { FAIL, PASS, take, UNKNOWN } from './support/take';

/** A site with a certificate for a name, valid for some days, by an authority; with the authority in PEM. */
async function site(name: string, days: number): Promise<{ port: number; ca: string }> {
  const folder = temporary();
  const at = (file: string): string => join(folder, file);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  tool('openssl', 'req', '-x509', ...ec, '-days', '90', '-subj', '/CN=authority', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  tool('openssl', 'req', '-x509', '-CA', at('ca.crt'), '-CAkey', at('ca.key'), ...ec, '-days', String(days), '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', at('key'), '-out', at('cert'));
  const port = await listening(createServer({ key: readFileSync(at('key')), cert: readFileSync(at('cert')) }, (_, response) => response.end('fine')));
  return { port, ca: readFileSync(at('ca.crt'), 'utf8') };
}

const at = (port: number, more: object = {}): object => ({ kind: 'tls', name: 'tls', url: 'https://probe.test', connect: `127.0.0.1:${port}`, days: 14, timeout: 3, ...more });

test('the certificate holds by chain and name, and its remaining days are judged [VF-03]', async () => {
  const { port, ca } = await site('probe.test', 60);
  expect(await take(at(port, { ca_pem: ca }))).toMatchObject({ ...PASS, value: { days: 59 } });
  expect(await take(at(port, { ca_pem: ca, days: 61 }))).toMatchObject({ ...FAIL, why: 'its certificate is valid for 59 more days, fewer than 61' });
  expect(await take(at(port))).toMatchObject({ ...FAIL, why: expect.stringContaining('its certificate does not hold') as string });
  expect(await take(at(port, { verify: false }))).toMatchObject(FAIL);
  const other = await site('other.test', 60);
  expect(await take(at(other.port, { ca_pem: other.ca }))).toMatchObject({ ...FAIL, why: expect.stringContaining('Hostname mismatch') as string });
});

test('no TLS at all, garbage, silence and nobody there are unknown [A-28]', async () => {
  for (const [what, port] of Object.entries(await useless())) expect({ what, ...(await take(at(port, { timeout: 0.5 }))) }).toMatchObject({ what, ...UNKNOWN });
  expect(await take(at(await tcp((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))))).toMatchObject(UNKNOWN);
});

test('a static file is served byte for byte as it lies in the release; an old one, a page in its place, or none is not [VF-02]', async () => {
  const file = join(temporary(), 'site.css');
  writeFileSync(file, 'body { color: teal }\n');
  let served: string | Buffer = 'body { color: teal }\n';
  const port = await http((_, response) => response.end(served));
  const css = (more: object = {}): object => ({ kind: 'static', name: 'css', url: `http://127.0.0.1:${port}/static/site.css`, file, ...more });
  expect(await take(css())).toMatchObject({ ...PASS, value: { bytes: 21 } });
  served = 'body { color: navy }\n';
  expect(await take(css())).toMatchObject({ ...FAIL, why: expect.stringMatching(/^what is served is not site\.css: sha256/) as string });
  expect(await take(css({ file: `${file}.none` }))).toMatchObject({ ...UNKNOWN, why: `${file}.none cannot be read: No such file or directory` });
  expect(await take(css({ url: `http://127.0.0.1:${await closedPort()}/static/site.css` }))).toMatchObject(UNKNOWN);
});
