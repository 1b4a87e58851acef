import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probe, secretsOf, type ProbeDocument } from '../../src/commands/probe';
import { sh } from '../../src/commands/remote-command';
import { run } from './support/run';

test('a probe is one call of the host\'s helper, its reading as one argument', () => {
  const reading = { name: 'health', url: 'https://shop.test/health/', connect: '127.0.0.1:8443', verify: false, status: 200, json: { status: 'healthy' }, within_ms: 5000, until: 60 };
  expect(probe('/var/lib/sternway/bin/abc', reading)).toBe(
    `python3 -I /var/lib/sternway/bin/abc probe '{"name":"health","url":"https://shop.test/health/","connect":"127.0.0.1:8443","verify":false,"status":200,"json":{"status":"healthy"},"within_ms":5000,"until":60}'`,
  );
});

test('a probe with nasty texts', () => {
  expect(probe('/b b', { name: "it's", url: 'https://shop.test/?a=$(id)', connect: '127.0.0.1:8443', verify: false, status: 200, contains: '`id`\n"-x"', until: 0 })).toBe(
    String.raw`python3 -I '/b b' probe '{"name":"it'\''s","url":"https://shop.test/?a=$(id)","connect":"127.0.0.1:8443","verify":false,"status":200,"contains":"` + '`id`' + String.raw`\n\"-x\"","until":0}'`,
  );
});

test('secrets of a document go by the shell\'s own printf to its input: no argument holds one [SE-01, A-42]', () => {
  const at = (port: number): ProbeDocument => ({ name: 'user', url: `http://127.0.0.1:${port}/`, status: 200, headers: { Authorization: { secret: 'TOKEN' } }, send: { json: { deep: [{ secret: 'KEY' }], again: { secret: 'TOKEN' } } }, timeout: 1 });
  expect(secretsOf(at(1))).toEqual(['TOKEN', 'KEY']);
  const line = probe('/helper', at(1));
  expect(line).toMatch(/^printf '%s\\0' "\$\{TOKEN\}" "\$\{KEY\}" \| python3 -I \/helper probe '.*' TOKEN KEY$/);
  // As the host's helper gives them: variables of the shell, not exported.
  const helper = join(__dirname, '../../src/hosts/helper');
  const answer = run(sh(["TOKEN='a canary'\"'\"'s'; KEY='line\nbreak'", probe(helper, at(1))]));
  expect(answer).toMatchObject({ code: 3, stderr: expect.stringContaining('no answer') as string });
  expect(run(sh([probe(helper, at(1))])).code).not.toBe(0);
});
