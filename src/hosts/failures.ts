/** The connection is gone or could not be made; what the host did meanwhile is unknown, its records know. Worth another try. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The connection was refused for a reason that another try does not mend: host key, authentication, sudo, Python. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
}

/** The host's helper declined a request: `code` is one of the helper's words (claimed, stale, settled, conflict, damaged ...). */
export class LedgerRefused extends Error {
  override readonly name = 'LedgerRefused';
  constructor(
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}
