import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec';

/** Loaded by path, by the worker and into the workflow bundle. */
export const failureConverterPath = path.join(__dirname, 'failure-converter.cjs');

/** Whether payloads and failures are encrypted: `STERNWAY_CODEC_KEY` is set. */
export function isEncrypting(env: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(env.STERNWAY_CODEC_KEY);
}

/**
 * What clients and workers turn values into payloads with: the SDK's own way, or encrypted with `STERNWAY_CODEC_KEY` (32 bytes
 * in base64; older keys behind it, separated by commas). Workflow ids, task queues and search attributes are never encrypted.
 * @throws UserError when a key is malformed
 */
export function dataConverter(env: NodeJS.ProcessEnv = process.env): DataConverter {
  const keys = env.STERNWAY_CODEC_KEY;
  return keys ? { payloadCodecs: [new EncryptionCodec(keys)], failureConverterPath } : {};
}
