import { createHash, randomUUID } from 'node:crypto';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { OffsiteFile } from '../commands/offsite';

// The SDK's words about the Node versions of next year would stand in every worker's log.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Where copies go. Credentials are names of secrets, resolved in the worker. */
export interface BucketSettings {
  readonly bucket: string;
  /** Folder in the bucket, without slashes at its ends. */
  readonly prefix: string;
  readonly region: string;
  /** Of an S3 server that is not Amazon's, as the worker AND the hosts reach it. */
  readonly endpoint?: string;
  readonly access_key: { readonly secret: string };
  readonly secret_key: { readonly secret: string };
}

/** A copy as the store itself describes it. */
export interface OffsiteCopy {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An upload that a host may make without any key: for this one object, this content, and so many seconds. */
export interface SignedUpload {
  readonly url: string;
  /** Signed, so the host must send them as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What one upload may hold; larger files need S3's multipart upload, which cannot be signed in advance. */
const MOST_BYTES = 5 * 1024 ** 3;
const ONE_ANSWER_MS = 15_000;

/** A bucket that backups are copied to, seen from the worker. Every error is a sentence that names the bucket, never a credential. */
export class Bucket {
  readonly #client: S3Client;

  constructor(
    readonly settings: BucketSettings,
    /** The value of a secret, by name. */
    secret: (name: string) => string,
  ) {
    const { region, endpoint, access_key, secret_key } = settings;
    this.#client = new S3Client({
      region,
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      credentials: { accessKeyId: secret(access_key.secret), secretAccessKey: secret(secret_key.secret) },
      // Ours is SHA-256; a CRC of an empty body in a signed address would refuse every upload.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 2,
    });
  }

  /** The object's name for a file: prefix and name. */
  keyFor(name: string): string {
    return this.settings.prefix ? `${this.settings.prefix}/${name}` : name;
  }

  /** An upload bound to the file's SHA-256 and size. @throws Error for a file above 5 GiB */
  async signUpload(key: string, file: OffsiteFile, seconds: number): Promise<SignedUpload> {
    if (file.bytes > MOST_BYTES) throw new Error(`${file.path} has ${file.bytes} bytes: one upload holds at most ${MOST_BYTES}`);
    const checksum = base64(file.sha256);
    const put = new PutObjectCommand({ Bucket: this.settings.bucket, Key: key, ChecksumSHA256: checksum, ContentLength: file.bytes });
    const bound = new Set(['x-amz-checksum-sha256', 'content-length']);
    const url = await getSignedUrl(this.#client, put, { expiresIn: seconds, unhoistableHeaders: bound, signableHeaders: new Set([...bound, 'host']) });
    return { url, headers: { 'x-amz-checksum-sha256': checksum } };
  }

  /** What the store holds under the key, by its own checksum. @throws Error where it differs from the file or is not there */
  async verify(key: string, file: OffsiteFile): Promise<OffsiteCopy> {
    const { bucket } = this.settings;
    const head = await this.#ask(`read ${key} in`, (abortSignal) => this.#client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }), { abortSignal }));
    if (head.ContentLength !== file.bytes) throw new Error(`the copy ${key} in bucket ${bucket} has ${head.ContentLength ?? 'no'} bytes and not ${file.bytes}`);
    if (head.ChecksumSHA256 === undefined) throw new Error(`the copy ${key} in bucket ${bucket} has no SHA-256: nobody knows whether it is whole`);
    if (head.ChecksumSHA256 !== base64(file.sha256)) throw new Error(`the copy ${key} in bucket ${bucket} has another SHA-256 than ${file.path}`);
    return { bucket, key, bytes: file.bytes, sha256: file.sha256 };
  }

  /** Names and sizes below the prefix, newest first; at most 1000. */
  async list(): Promise<{ key: string; bytes: number; at: string }[]> {
    const { bucket, prefix } = this.settings;
    const answer = await this.#ask('list', (abortSignal) => this.#client.send(new ListObjectsV2Command({ Bucket: bucket, ...(prefix ? { Prefix: `${prefix}/` } : {}) }), { abortSignal }));
    const found = (answer.Contents ?? []).map(({ Key, Size, LastModified }) => ({ key: Key ?? '', bytes: Size ?? 0, at: LastModified?.toISOString() ?? '' }));
    return found.sort((a, b) => b.at.localeCompare(a.at));
  }

  /** Writes a small object with a checksum, reads that back and removes it: the right that the copy will need. @throws Error without it */
  async canWrite(): Promise<void> {
    const { bucket: Bucket } = this.settings;
    const Key = this.keyFor(`.sternway-can-write-${randomUUID()}`);
    const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    await this.#ask('write to', (abortSignal) => this.#client.send(new PutObjectCommand({ Bucket, Key, Body: 'test', ChecksumSHA256: base64(sha256) }), { abortSignal }));
    try {
      await this.verify(Key, { path: 'the test object', bytes: 4, sha256 });
    } finally {
      await this.#ask('remove the test object from', (abortSignal) => this.#client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal }));
    }
  }

  /** Writes a small text, which the store checks by its SHA-256; one that is there already is replaced. */
  async put(key: string, content: string): Promise<void> {
    const checksum = createHash('sha256').update(content).digest('base64');
    await this.#ask(`write ${key} to`, (abortSignal) => this.#client.send(new PutObjectCommand({ Bucket: this.settings.bucket, Key: key, Body: content, ChecksumSHA256: checksum }), { abortSignal }));
  }

  async remove(key: string): Promise<void> {
    await this.#ask(`remove ${key} from`, (abortSignal) => this.#client.send(new DeleteObjectCommand({ Bucket: this.settings.bucket, Key: key }), { abortSignal }));
  }

  close(): void {
    this.#client.destroy();
  }

  async #ask<T>(what: string, question: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const { bucket, endpoint } = this.settings;
    try {
      return await question(AbortSignal.timeout(ONE_ANSWER_MS));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      throw new Error(`cannot ${what} bucket ${bucket}${endpoint ? ` at ${endpoint}` : ''}: ${name}${message && message !== name ? `: ${message}` : ''}`, { cause: name });
    }
  }
}

/** How the upload gets from here to the host: as a recorded task with its address as a secret, or in a test by hand. */
export type UploadOnHost = (signed: SignedUpload, file: OffsiteFile) => Promise<void>;

/**
 * A copy of the host's file in the bucket, uploaded by the host, proven by the store's own checksum. A copy that is there already and the
 * same is taken as it is, so a second attempt costs one question. @throws Error with one sentence
 */
export async function copyOffsite(bucket: Bucket, name: string, file: OffsiteFile, seconds: number, uploadOnHost: UploadOnHost): Promise<OffsiteCopy> {
  const key = bucket.keyFor(name);
  const there = await bucket.verify(key, file).catch(() => undefined);
  if (there) return there;
  await uploadOnHost(await bucket.signUpload(key, file, seconds), file);
  return await bucket.verify(key, file);
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
