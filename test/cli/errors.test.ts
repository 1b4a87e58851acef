import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { explain } from '../../src/cli/errors';
import { makeProgram } from '../../src/cli/program';
import { Stop } from '../../src/cli/stop';
import { UserError } from '../../src/config/user-error';

const program = makeProgram(async () => undefined);
const told = (error: unknown, ...argv: string[]) => explain(error, program, argv);

test('a mistake reads as a sentence, without a stack: exit 2', () => {
  expect(told(new UserError('no configuration at /x: name it with --config'))).toEqual({ code: 2, text: 'sternway: no configuration at /x: name it with --config\n' });
});

test('an answer has its own code, and no text where all is said', () => {
  expect(told(new Stop(14, 'shop/production is held'))).toEqual({ code: 14, text: 'sternway: shop/production is held\n' });
  expect(told(new Stop(10))).toEqual({ code: 10, text: '' });
});

test('a defect reads as one, with its stack, the versions and where to report it: exit 1', () => {
  const { code, text } = told(new TypeError("Cannot read properties of undefined (reading 'x')"), 'deploy', '--reason', 'secret plans');
  expect(code).toBe(1);
  expect(text).toMatch(/^sternway: this is a defect in Sternway, not a mistake of yours\.\nTypeError: Cannot read properties[^\n]*\n {4}at /);
  expect(text).toMatch(/\nSternway \d+\.\d+\.\d+, Node\.js v\d+[^\n]*, command: deploy\nPlease report it with this text, as CONTRIBUTING\.md says\./);
  expect(text).not.toContain('secret plans');
  expect(told('thrown text').text).toContain('not an error: thrown text');
});

test('what Temporal refused is its answer, not our defect, wherever in the chain of causes it stands: exit 1', () => {
  const grpc = Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'connection\x1b[2J dropped', metadata: {} });
  for (const error of [grpc, new Error('Failed to start Workflow', { cause: grpc })]) {
    expect(told(error)).toEqual({ code: 1, text: 'sternway: the Temporal server failed the request (connection\\x1b[2J dropped); sternway status shows whether it took effect\n' });
  }
});

test('what was typed is shown, never obeyed', () => {
  const { text } = told(new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x\x1b[2J\u202e'"), 'deploy');
  expect(text).toBe("sternway: unknown option '--x\\x1b[2J\\u202e'; see sternway deploy --help\n");
});
