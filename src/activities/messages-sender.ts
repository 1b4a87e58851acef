import type { Message } from '../messages/routes';

export interface Sending {
  /** Milliseconds for the whole of it. */
  readonly limit?: number;
  /** A certificate authority (PEM) to trust beside those of the system. */
  readonly ca?: string;
}

/** A try at a channel: `word` when the server took the message; @throws Failed, or whatever the network throws. */
export type Sender = (message: Message, secret: (name: string) => string, sending: Sending & { readonly limit: number }) => Promise<string>;

/** Why a server did not take a message, in words that may be shown once secrets are taken out. */
export class Failed extends Error {}
