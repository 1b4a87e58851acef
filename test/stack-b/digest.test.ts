import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putDigest } from '../../testbed/digest';
import { raiseNotes, type NotesHost } from '../../testbed/notes';
import { until } from '../../testbed/wait';
import { composeChanges, databaseChanges, reading, type Plant } from './digest-plants';

interface State {
  digest: string;
  sections: Record<string, { hash: string; entries: Record<string, string> }>;
}

/** `section: key` of every entry that differs, worked out here and not by the script. */
function changed(before: State, now: State): string[] {
  const names = [...new Set([...Object.keys(before.sections), ...Object.keys(now.sections)])];
  return names.flatMap((name) => {
    const [old, fresh] = [before.sections[name]?.entries ?? {}, now.sections[name]?.entries ?? {}];
    return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].filter((key) => old[key] !== fresh[key]).map((key) => `${name}: ${key}`);
  });
}

describe.each([
  ['systemd', databaseChanges('systemd')],
  ['compose', [...databaseChanges('compose'), ...composeChanges]],
] as const)("the serving-state digest of notes' %s form", (strategy, plants: readonly Plant[]) => {
  let notes: NotesHost;
  let command: string;
  let first: State;
  beforeAll(async () => {
    notes = await raiseNotes({ strategy, name: `digest-${strategy}` });
    command = await putDigest(notes.host, strategy);
    await notes.host.put('/root/reading.sh', reading(strategy));
    first = await read();
  });
  afterAll(async () => {
    await notes.remove();
  });

  async function must(script: string): Promise<string> {
    const result = await notes.host.run(`. /root/reading.sh; ${script}`);
    if (result.code !== 0) throw new Error(`${script} ended with ${result.code ?? 'a signal'}: ${result.stderr}`);
    return result.stdout;
  }

  async function read(...options: string[]): Promise<State> {
    return JSON.parse(await must(`${command} --json ${options.join(' ')}`)) as State;
  }

  /** What takes a moment to be as it was, such as a container's health, is waited for; the last reading counts. */
  async function readUntilSame(): Promise<State> {
    let now = first;
    await until('The state as it was', async () => {
      now = await read();
      return now.digest === first.digest || undefined;
    }, { seconds: 40, everyMs: 500, explain: () => changed(first, now).join(', ') });
    return now;
  }

  test('covers something in every section, without an error in it, and is the same when read again', async () => {
    const names = ['files', 'processes', 'rows', 'schema', 'served', 'sites', 'units', ...(strategy === 'compose' ? ['containers'] : [])];
    expect(Object.keys(first.sections).sort()).toEqual(names.sort());
    for (const [name, { entries }] of Object.entries(first.sections)) expect(Object.keys(entries), name).not.toHaveLength(0);
    expect(JSON.stringify(first.sections)).not.toContain('error: ');
    expect(first.sections['rows']?.entries['mysql notes documents_document']).toMatch(/^1 rows /);
    expect(changed(first, await read())).toEqual([]);
  });

  test.each(plants.map((plant) => [plant.what, plant] as const))('changes with %s, and is the same again afterwards', async (_what, { make, back, found }) => {
    await must(make);
    const planted = await read();
    await must(back);
    expect(planted.digest).not.toBe(first.digest);
    expect(changed(first, planted)).toContainEqual(expect.stringMatching(found));
    expect(changed(first, await readUntilSame())).toEqual([]);
  });

  test('is the same after a reading that asks for a row which never was kept, and after a dump that was read back', async () => {
    await must("sql \"INSERT INTO prompts_folder SELECT NULL, 'gone', owner_id FROM prompts_folder LIMIT 1; DELETE FROM prompts_folder WHERE name = 'gone'\"");
    expect(changed(first, await read())).toEqual([]);
    await must('dump >/root/dump.sql && read_back /root/dump.sql');
    expect(changed(first, await read())).toEqual([]);
  });

  test('does not see rows with --no-rows, and still sees the schema', async () => {
    const before = await read('--no-rows');
    await must('sql "UPDATE prompts_prompt SET title = CONCAT(title, \'!\')"');
    expect((await read('--no-rows')).digest).toBe(before.digest);
    await must('sql "UPDATE prompts_prompt SET title = TRIM(TRAILING \'!\' FROM title); ALTER TABLE prompts_prompt ADD COLUMN extra INT"');
    expect((await read('--no-rows')).digest).not.toBe(before.digest);
    await must('sql "ALTER TABLE prompts_prompt DROP COLUMN extra"');
    expect((await readUntilSame()).digest).toBe(first.digest);
  });

  test('shows no password: neither in its reading nor in an argument of what it runs', async () => {
    const secrets = (await must("sed -nE 's/^(DB_PASSWORD|SECRET_KEY|REDIS_PASSWORD|AWS_SECRET_ACCESS_KEY)=//p' /var/www/notes/.env")).trim().split('\n');
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    const traced = await must(`printf '#!/bin/sh\\ntr "\\\\0" " " </proc/$$/cmdline >>/root/arguments; exec "/usr/bin/$(basename "$0")" "$@"\\n' >/root/trace; chmod +x /root/trace; mkdir -p /root/bin; for p in mysql mysqldump docker; do ln -sf /root/trace /root/bin/$p; done; PATH=/root/bin:$PATH ${command} --json >/root/traced.json; cat /root/arguments`);
    expect(traced).toContain('mysqldump --defaults-extra-file=/dev/stdin');
    const shown = traced + (await must('cat /root/traced.json'));
    for (const secret of secrets) expect(shown.includes(secret)).toBe(false);
  });

  test('says that the database or the engine cannot be asked, instead of a state without them', async () => {
    await must(strategy === 'systemd' ? 'systemctl stop mariadb' : 'systemctl stop docker.socket docker.service');
    const planted = await read();
    await must(strategy === 'systemd' ? 'systemctl start mariadb' : 'systemctl start docker');
    expect(planted.sections['schema']?.entries['mysql /var/www/notes/.env']).toMatch(/^error: /);
    if (strategy === 'compose') expect(planted.sections['containers']?.entries['docker']).toMatch(/^error: /);
    expect(changed(first, await readUntilSame())).toEqual([]);
  });
});
