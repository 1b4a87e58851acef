import { isGrpcServiceError } from '@temporalio/client';

/** The gRPC codes that we tell apart (https://grpc.io/docs/guides/status-codes/). */
const codes = { INVALID_ARGUMENT: 3, NOT_FOUND: 5, ALREADY_EXISTS: 6, PERMISSION_DENIED: 7, UNAUTHENTICATED: 16 } as const;

/** Whether an error, or what caused it, is a server's answer with one of these codes. */
export function hasStatus(error: unknown, ...names: (keyof typeof codes)[]): boolean {
  if (isGrpcServiceError(error) && names.some((name) => codes[name] === Number(error.code))) return true;
  return error instanceof Error && error.cause !== undefined && hasStatus(error.cause, ...names);
}
