import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Inventory, Settings } from '../config/schema';
import type { Host } from '../hosts/host';

/** What activities need from the worker: its inventory, its connections, its log. The client chooses none of these. */
export interface Deps {
  /** Inventory and own settings of an app's environment, read anew each time. @throws UserError for an unknown one */
  environment(app: string, environment: string): { settings: Settings; inventory: Inventory };
  /** The kept connection to a host of the inventory. */
  host(inventory: Inventory, settings: Settings, name: string): Host;
  /** A secret's value, at the last moment. */
  secret(inventory: Inventory, name: string): string;
  /** The Temporal server of this worker, for what other runs know. @throws UserError where there is none: `sternway plan` needs no server */
  temporal(): Promise<Client>;
  readonly log: Logger;
}
