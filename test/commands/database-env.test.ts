import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { READ_ENV } from '../../src/commands/env-file';
import { plant } from './support/plant';
import { python, pythonJson } from './support/python';
import { temporary } from './support/run';

function read(text: string): Record<string, string> {
  const folder = temporary();
  plant(folder, { '.env': text });
  return pythonJson([READ_ENV], 'print(json.dumps(read_env(given)))', join(folder, '.env'));
}

test('an .env is read as its apps read it: export, quotes, escapes, comments, the last of several [A-41]', () => {
  expect(read(`# DB_USER=commented
export DB_NAME=notes
DB_USER = spaced   # a comment
DB_PASSWORD='it\\'s \\\\ "x" # no comment $HOME \`id\`'
DB_HOST="a\\"b\\\\c\\n\\$d" # a comment
EMPTY=
HASH=pass#word
EQUALS=a=b==
URL=redis://:p%40ss@127.0.0.1:6379/0
 INDENTED=yes
not a line
2BAD=x
TWICE=first
TWICE=second
`)).toEqual({
    DB_NAME: 'notes', DB_USER: 'spaced', DB_PASSWORD: `it's \\ "x" # no comment $HOME \`id\``, DB_HOST: 'a"b\\c\n$d', EMPTY: '', HASH: 'pass#word', EQUALS: 'a=b==',
    URL: 'redis://:p%40ss@127.0.0.1:6379/0', INDENTED: 'yes', TWICE: 'second',
  });
});

test('a value over several lines holds names that are none; a mark in front and Windows line ends change nothing', () => {
  expect(read('DB_NAME=right\nKEY="-----BEGIN\nDB_NAME=wrong\n-----END"\n')).toEqual({ DB_NAME: 'right', KEY: '-----BEGIN\nDB_NAME=wrong\n-----END' });
  expect(read('\uFEFFDB_NAME=notes\r\nDB_USER=notes # x\r\nDB_HOST="h"\r\n')).toEqual({ DB_NAME: 'notes', DB_USER: 'notes', DB_HOST: 'h' });
});

test('nothing in an .env is run, and what is not there is said by name alone, never with a value [A-42]', () => {
  const folder = temporary();
  plant(folder, { '.env': `DB_NAME=$(touch ${folder}/ran)\nDB_PASSWORD=canary\n` });
  const connection = { host: { value: '127.0.0.1' }, name: { env: 'DB_NAME' }, password: { env: 'DB_PASS' } };
  const parts = (env_file: string) => python([READ_ENV], 'print(parts(given["env_file"], given["connection"]))', { env_file, connection });
  expect(parts(join(folder, '.env'))).toEqual({ code: 1, stdout: '', stderr: `${folder}/.env has no DB_PASS, which names the database's password\n` });
  expect(parts(join(folder, 'gone')).stderr).toBe(`${folder}/gone cannot be read: No such file or directory\n`);
  expect(read(`DB_NAME=$(touch ${folder}/ran)\n`)).toEqual({ DB_NAME: `$(touch ${folder}/ran)` });
  expect(pythonJson([], 'print(json.dumps(os.path.exists(given)))', `${folder}/ran`)).toBe(false);
});

test("the helper's probes and the database's commands read the same values out of any .env", () => {
  const piece = fc.constantFrom('A', 'DB', '=', ' ', '\n', '\r\n', '"', "'", '\\', '#', 'export ', '\\n', '$x', 'é', '\t', '1');
  const line = fc.array(piece, { maxLength: 12 }).map((pieces) => `A=${pieces.join('')}`);
  const texts = fc.sample(fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\nB')), 2000);
  const folder = temporary();
  plant(folder, { '.env': '' });
  const differing = pythonJson(
    [READ_ENV, `sys.path.insert(0, ${JSON.stringify(join(__dirname, '../../src/hosts/helper'))})\nimport probe_env\n`],
    `differing = []
seen = 0
for text in given["texts"]:
    with open(given["path"], "w", newline="") as f:
        f.write(text)
    one, other = read_env(given["path"]), probe_env.read_env(given["path"])
    seen += len(one)
    if one != other:
        differing.append([text, one, other])
print(json.dumps([seen > 500, differing]))`,
    { path: join(folder, '.env'), texts },
  );
  expect(differing).toEqual([true, []]);
});
