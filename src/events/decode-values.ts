import type { LoadedDataConverter } from '@temporalio/common';
import { decodeArrayFromPayloads, decodeMapFromPayloads, decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { tsToMs, type Timestamp } from '@temporalio/common/lib/time';
import { readFailure } from './decode-failure';
import type { RecordedFailure } from './recorded';

export type Payloads = Parameters<typeof decodeArrayFromPayloads>[1];
export type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

// A value that cannot be read (written by a stranger, or with a key we do not have) becomes nothing: the rest must still be told.

export async function readFirst(converter: LoadedDataConverter, payloads: Payloads): Promise<unknown> {
  try {
    return (await decodeArrayFromPayloads(converter, payloads))[0];
  } catch {
    return undefined;
  }
}

export async function readMemo(converter: LoadedDataConverter, fields: Parameters<typeof decodeMapFromPayloads>[1]): Promise<Record<string, unknown>> {
  try {
    return (await decodeMapFromPayloads(converter, fields)) ?? {};
  } catch {
    return {};
  }
}

export async function readProtoFailure(converter: LoadedDataConverter, failure: NonNullable<Failure>): Promise<RecordedFailure> {
  try {
    return readFailure(await decodeOptionalFailureToOptionalError(converter, failure));
  } catch {
    return { type: failure.applicationFailureInfo?.type ?? null, sentence: failure.message || 'a failure that cannot be read here', details: [] };
  }
}

/** ISO 8601, UTC; the epoch when absent. */
export function isoTime(time: Timestamp | null | undefined): string {
  return new Date(time ? tsToMs(time) : 0).toISOString();
}
