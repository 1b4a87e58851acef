import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/**
 * Reads what people send as the SDK does, but what cannot be read counts as nothing. With the SDK's own one malformed signal (text that is
 * not JSON, an unknown encoding) fails the workflow task again and again: a deployment in the middle of its steps would hang, deaf to cancel too.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: <T>(payload: Parameters<PayloadConverter['fromPayload']>[0]): T => {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return undefined as T;
    }
  },
};
