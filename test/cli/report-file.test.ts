import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openFile, opener } from '../../src/cli/open-file';
import { makeProgram } from '../../src/cli/program';
import { FORMATS, renderReport, writePrivately, writeReport } from '../../src/cli/report-file';
import { report } from '../../src/cli/commands/report';
import { UserError } from '../../src/config/user-error';
import { commandLine } from '../../src/report/shell';
import { textReport } from '../../src/report/text';
import { at, failing } from '../report/runs';

const folder = mkdtempSync(join(tmpdir(), 'sternway-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the command line is understood as; undefined where it is refused, with why. */
function parsed(...args: string[]): unknown {
  const program = makeProgram(() => Promise.resolve());
  try {
    program.parse(['report', ...args], { from: 'user' });
  } catch (error) {
    return (error as Error).message;
  }
  return program.commands.find((each) => each.name() === 'report')?.opts();
}

describe('sternway report', () => {
  test('has four formats, and text stays what it was', () => {
    const events = failing();
    const [text, markdown, html, json] = FORMATS.map((format) => renderReport(events, format, commandLine(), { written: at(400) }));
    expect(text).toBe(textReport(events, commandLine()));
    expect(markdown).toMatch(/^# Incident report: deployment of v2\.1\.0 to shop\/production\n/);
    expect(html).toMatch(/^<!DOCTYPE html>\n/);
    expect(JSON.parse(json ?? '')).toMatchObject({ format: 1, layout: 'incident', word: 'ROLLED BACK', written: at(400) });
  });

  test('takes a format, a file and --open, and refuses what does not go together', () => {
    expect(parsed()).toEqual({ config: 'sternway.yml' });
    expect(parsed('d1', '--format', 'markdown', '--out', 'r.md')).toMatchObject({ format: 'markdown', out: 'r.md' });
    expect(parsed('--format', 'pdf')).toMatch(/Allowed choices are text, markdown, html, json/);
    expect(parsed('--format', 'html', '--json')).toMatch(/cannot be used with option '--json'/);
    expect(parsed('--open', '--json')).toMatch(/cannot be used with option '--json'/);
    expect(parsed('--out', ' ')).toMatch(/it is empty/);
  });

  test('does not open what is no HTML, and says so before it asks anybody', async () => {
    await expect(report(undefined, { config: 'none.yml', open: true, format: 'markdown' })).rejects.toThrow(new UserError('--open shows HTML; leave out --format markdown, or --open'));
  });

  test('writes to the file that is named, and where it cannot says why in a sentence', () => {
    const file = join(folder, 'report.md');
    expect(writeReport('text', file)).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe('text');
    expect(() => writeReport('text', join(folder, 'none', 'report.md'))).toThrow(new UserError(`the report cannot be written to ${join(folder, 'none', 'report.md')}: ENOENT`));
  });

  test('writes what is opened to a file that only the user can read, a new one each time', () => {
    const [one, other] = [writePrivately('<p>'), writePrivately('<p>')];
    try {
      expect(one).not.toBe(other);
      expect([statSync(one).mode & 0o777, statSync(dirname(one)).mode & 0o777]).toEqual([0o600, 0o700]);
      expect(readFileSync(one, 'utf8')).toBe('<p>');
    } finally {
      for (const path of [one, other]) rmSync(dirname(path), { recursive: true });
    }
  });

  test('opens it only where there is a display, by the program of the system', async () => {
    expect(opener('linux', {})).toBeUndefined();
    expect([opener('linux', { DISPLAY: ':0' }), opener('linux', { WAYLAND_DISPLAY: 'w' }), opener('darwin', {})]).toEqual(['xdg-open', 'xdg-open', 'open']);
    const file = join(folder, 'shown.html');
    writeFileSync(file, '');
    expect(await openFile(file, undefined)).toBe(false);
    expect(await openFile(file, join(folder, 'no-such-program'))).toBe(false);
    expect(await openFile(file, 'true')).toBe(true);
  });
});
