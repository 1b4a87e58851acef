import { defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import { UserError } from '../../src/config/user-error';
import { EncryptionCodec } from '../../src/temporal/encryption-codec';

const key = (letter: string) => Buffer.alloc(32, letter).toString('base64');
const plain = () => defaultPayloadConverter.toPayload({ word: 'open sesame' });
const value = (payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0]) => defaultPayloadConverter.fromPayload(payload);

test('gives back what it was given, metadata included, and shows neither in between', async () => {
  const codec = new EncryptionCodec(key('a'));
  const [sealed] = await codec.encode([plain()]);
  expect(Buffer.from(sealed?.data ?? []).includes('sesame')).toBe(false);
  expect(Object.values(sealed?.metadata ?? {}).map(String)).not.toContain('json/plain');
  const [opened] = await codec.decode([sealed!]);
  expect(value(opened!)).toEqual({ word: 'open sesame' });
});

test('the same payload never looks the same twice', async () => {
  const codec = new EncryptionCodec(key('a'));
  const [one, two] = await codec.encode([plain(), plain()]);
  expect(Buffer.from(one!.data!).equals(Buffer.from(two!.data!))).toBe(false);
});

test('refuses a payload that was changed anywhere', async () => {
  const codec = new EncryptionCodec(key('a'));
  const [sealed] = await codec.encode([plain()]);
  for (let index = 0; index < sealed!.data!.length; index++) {
    const data = Uint8Array.from(sealed!.data!);
    data[index]! ^= 1;
    await expect(codec.decode([{ ...sealed!, data }])).rejects.toThrow();
  }
  await expect(codec.decode([{ ...sealed!, data: sealed!.data!.subarray(0, 20) }])).rejects.toThrow();
});

test('after a change of keys the new one encrypts and the old ones still decrypt [F55]', async () => {
  const old = await new EncryptionCodec(key('a')).encode([plain()]);
  const both = new EncryptionCodec(`${key('b')}, ${key('a')}`);
  expect(value((await both.decode(old))[0]!)).toEqual({ word: 'open sesame' });
  const fresh = await both.encode([plain()]);
  expect(value((await new EncryptionCodec(key('b')).decode(fresh))[0]!)).toEqual({ word: 'open sesame' });
  await expect(new EncryptionCodec(key('b')).decode(old)).rejects.toThrow(/^A payload was encrypted with key [0-9a-f]{16}, which STERNWAY_CODEC_KEY does not hold \(it holds [0-9a-f]{16}\): put that key behind the current one/);
});

test('leaves what was written before it was switched on as it is', async () => {
  expect(value((await new EncryptionCodec(key('a')).decode([plain()]))[0]!)).toEqual({ word: 'open sesame' });
});

test('a malformed key is one sentence, which does not show it', () => {
  const malformed = [`${key('a').slice(0, -4)}`, 'not base64 at all, really not a key', `${key('a')},`, `${key('a')}, short`, 'a'.repeat(64)];
  for (const keys of malformed) {
    let error: unknown;
    try {
      new EncryptionCodec(keys);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^Key [12] in STERNWAY_CODEC_KEY is not 32 bytes in base64: make one with `openssl rand -base64 32`\.$/);
  }
});
