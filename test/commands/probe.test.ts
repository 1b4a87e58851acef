import { expect, test } from 'vitest';
import { probe } from '../../src/commands/probe';

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
