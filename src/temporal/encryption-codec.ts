import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { UserError } from '../config/user-error';

// The shape that other Temporal codecs use too: the whole payload inside, `binary/encrypted` and the key's id outside.
const { Payload: PayloadMessage } = temporal.api.common.v1;
const algorithm = 'aes-256-gcm';
const encoding = 'binary/encrypted';
const nonceBytes = 12;
const tagBytes = 16;

interface Key {
  /** Tells keys apart without telling anything of them: the first 16 digits of the key's SHA-256. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** AES-256-GCM over whole payloads. The first key encrypts, all decrypt, so a key is replaced by putting the new one in front. */
export class EncryptionCodec implements PayloadCodec {
  readonly #newest: Key;
  readonly #keys: ReadonlyMap<string, Key>;

  /** @param keys base64 of 32 bytes each, separated by commas @throws UserError that does not show them */
  constructor(keys: string) {
    const parsed = keys.split(',').map((key, index) => parseKey(key.trim(), index));
    const [newest] = parsed;
    if (newest === undefined) throw new Error('unreachable: split returns at least one part');
    this.#newest = newest;
    this.#keys = new Map(parsed.map((key) => [key.id, key]));
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => seal(payload, this.#newest));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    // What was written before the codec was switched on is left as it is.
    return payloads.map((payload) => (text(payload.metadata?.['encoding']) === encoding ? this.#open(payload) : payload));
  }

  #open(payload: Payload): Payload {
    const id = text(payload.metadata?.['encryption-key-id']);
    const key = this.#keys.get(id);
    if (key === undefined) {
      throw new UserError(`A payload was encrypted with key ${id}, which STERNWAY_CODEC_KEY does not hold (it holds ${[...this.#keys.keys()].join(', ')}): put that key behind the current one, separated by a comma.`);
    }
    const sealed = Buffer.from(payload.data ?? []);
    const decipher = createDecipheriv(algorithm, key.bytes, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return PayloadMessage.decode(Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]));
  }
}

function seal(payload: Payload, key: Key): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  const body = Buffer.concat([cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(encoding), 'encryption-key-id': Buffer.from(key.id) },
    data: Buffer.concat([nonce, body, cipher.getAuthTag()]),
  };
}

function parseKey(key: string, index: number): Key {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 32 || !/^[A-Za-z0-9+/]{43}=$/.test(key)) {
    throw new UserError(`Key ${index + 1} in STERNWAY_CODEC_KEY is not 32 bytes in base64: make one with \`openssl rand -base64 32\`.`);
  }
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), bytes };
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
