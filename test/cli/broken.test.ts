// Command lines that cannot be meant: one clear message, exit 2, and nobody is called.
import net from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sternway } from './support/cli';
import { configDirectory, document, writeConfig } from './support/config';

let calls = 0;
let address = '';
let server: net.Server;
const directories: string[] = [];

beforeAll(async () => {
  // Where Temporal would be: whoever connects is counted.
  server = net.createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function kept(directory: string): string {
  directories.push(directory);
  return directory;
}

const one = kept(configDirectory('shop'));
const two = kept(configDirectory('shop', ['production', 'staging']));
const none = kept(mkdtempSync(join(tmpdir(), 'sternway-none-')));
const broken = kept(mkdtempSync(join(tmpdir(), 'sternway-broken-')));
writeConfig(broken, { ...document('shop'), unitz: [] });
const torn = kept(mkdtempSync(join(tmpdir(), 'sternway-torn-')));
writeConfig(torn, 'app: shop\n\tenvironments: [');
const file = join(none, 'a-file');
writeFileSync(file, '');

interface Line {
  args: string[];
  says: RegExp;
  cwd?: string;
  env?: Record<string, string>;
}

const lines: Line[] = [
  { args: [], says: /name a command \(deploy, rollback, .*\); sternway --help/ },
  { args: ['deplyo', 'v1'], says: /unknown command 'deplyo' \(Did you mean deploy\?\)/ },
  { args: ['--jsn'], says: /unknown option '--jsn'/ },
  { args: ['deploy'], says: /missing required argument 'release'; see sternway deploy --help/ },
  { args: ['deploy', 'v1', 'v2'], says: /too many arguments for 'deploy'/ },
  { args: ['deploy', 'v1', '--nope'], says: /unknown option '--nope'/ },
  { args: ['deploy', 'two words'], says: /two words.*name of a git tag/ },
  { args: ['deploy', ''], says: /name of a git tag/ },
  { args: ['deploy', 'v1..v2'], says: /v1\.\.v2.*name of a git tag/ },
  { args: ['deploy', 'v1', '--timeout', 'soon'], says: /--timeout <duration> is "soon": write a duration such as 90s, 20m or 1h30m; see/ },
  { args: ['deploy', 'v1', '--timeout', '0m'], says: /--timeout.*0m.*90s, 20m or 1h30m/ },
  { args: ['deploy', 'v1', '--reason'], says: /'--reason <why>' argument missing/ },
  { args: ['deploy', 'v1', '--by', ' '], says: /--by.*it is empty/ },
  { args: ['deploy', 'v1', '--reason', 'one\ntwo'], says: /--reason.*one line without control characters/ },
  { args: ['deploy', 'v1', '-e', 'prodution'], says: /no environment "prodution".*did you mean production\?/ },
  { args: ['deploy', 'v1', '-c', 'other.yml'], says: /no configuration at .*other\.yml/ },
  { args: ['deploy', 'v1'], cwd: none, says: /no configuration at .*sternway\.yml.*--config/ },
  { args: ['deploy', 'v1'], cwd: two, says: /several environments \(production, staging\).*--environment/ },
  { args: ['deploy', 'v1'], cwd: broken, says: /unitz.*did you mean units/ },
  { args: ['status'], cwd: torn, says: /line 2: is not good YAML/ },
  { args: ['deploy', 'v1', '--address', 'http://x/y'], says: /address of the Temporal server is "http:\/\/x\/y".*host:port/ },
  { args: ['deploy', 'v1', '--namespace', ''], says: /--namespace.*it is empty/ },
  { args: ['deploy', 'v1'], env: { TEMPORAL_TLS: 'maybe' }, says: /TEMPORAL_TLS is "maybe"/ },
  { args: ['deploy', 'v1'], env: { STERNWAY_CODEC_KEY: 'short' }, says: /STERNWAY_CODEC_KEY/ },
  { args: ['rollback', 'v1'], says: /too many arguments for 'rollback'/ },
  { args: ['rollback', '--deployment', 'a/b'], says: /--deployment.*a\/b.*sternway history lists them/ },
  { args: ['decide', '07-stop-the-app@web-1', 'retry'], says: /--reason <why> is missing; see sternway decide --help/ },
  { args: ['decide', '07-stop-the-app@web-1', 'perhaps', '--reason', 'x'], says: /perhaps.*retry, skip, resolved/ },
  { args: ['decide', 'stop the app', 'retry', '--reason', 'x'], says: /stop the app.*07-stop-the-app@web-1/ },
  { args: ['tag'], says: /missing required argument 'release'; see sternway tag --help/ },
  { args: ['tag', 'v1', 'v2'], says: /too many arguments for 'tag'/ },
  { args: ['tag', 'v1', '--force'], says: /unknown option '--force'/ },
  { args: ['tag', '--', '-d'], says: /-d.*name of a git tag/ },
  { args: ['tag', 'v1:main'], says: /v1:main.*name of a git tag/ },
  { args: ['tag', 'v1', '--message', ''], says: /--message.*it is empty/ },
  { args: ['tag', 'v1', '--branch', '--all'], says: /--branch.*--all.*not the name of a git branch/ },
  { args: ['tag', 'v1', '--remote', ''], says: /--remote.*it is empty/ },
  { args: ['tag', 'v1', '-c', 'other.yml'], says: /no configuration at .*other\.yml/ },
  { args: ['tag', 'v1'], says: /sternway-cli-\w+ is no git checkout with a commit \(.*\); name one with --checkout/ },
  { args: ['history', '--limit', 'all'], says: /--limit.*all.*number from 1 to 1000/ },
  { args: ['follow', '../x'], says: /\.\.\/x.*sternway history lists them/ },
  { args: ['server', '--port', '70000'], says: /--port.*70000.*1 to 65535/ },
  { args: ['server', '--data', join(file, 'data')], says: /data directory .*a-file\/data cannot be used.*--data or STERNWAY_DATA/ },
  { args: ['worker'], cwd: none, says: /no configuration at / },
];

describe('a broken command line gives one clear message, exit 2, and no connection', () => {
  test.each(lines.map((line) => ({ ...line, title: `sternway ${line.args.join(' ')}`.replaceAll('\n', '\\n') })))('$title', async ({ args, says, cwd = one, env = {} }) => {
    const before = calls;
    const { code, out, err } = await sternway(args, { cwd, env: { TEMPORAL_ADDRESS: address, ...env } });
    expect(err).toMatch(says);
    expect({ code, out, calls: calls - before }).toEqual({ code: 2, out: '', calls: 0 });
    // One sentence, said once; the mistakes of a file may be listed below it.
    expect(err).toMatch(/^sternway: [^\n]+\n(  [^\n]+\n)*$/);
    expect(err).not.toMatch(/ {4}at |Error:|undefined|\[object/);
  });

  test('the counter would have seen a connection', async () => {
    const before = calls;
    const { code, err } = await sternway(['status'], { cwd: one, env: { TEMPORAL_ADDRESS: address } });
    expect({ code, called: calls > before }).toEqual({ code: 2, called: true });
    expect(err).toMatch(/^sternway: The Temporal server at 127\.0\.0\.1:\d+ cannot be reached/);
  });
});

test('help and version are answers, not mistakes: exit 0, on standard output', async () => {
  for (const args of [['--help'], ['help', 'deploy'], ['deploy', '--help'], ['--version']]) {
    const { code, out, err } = await sternway(args, { cwd: none });
    expect({ code, err, said: out.length > 5 }).toEqual({ code: 0, err: '', said: true });
  }
});
