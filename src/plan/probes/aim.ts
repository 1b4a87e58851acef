import type { Compose, Runner } from '../../commands/probe';

/** What probes of one deployment are made for, beside the settings. */
export interface ProbeAim {
  readonly deployment: string;
  readonly tag: string;
  /** Where the new release lies on the host. */
  readonly release: string;
  /** Where this deployment keeps its marks on the host: `…/<deployment>`. */
  readonly folder: string;
  /** How `manage.py` of the release is run on the host; null: probes that need it are `unknown`. */
  readonly runner: Runner | null;
  readonly compose: Compose | null;
  /** How the worker reaches the site as users do. */
  readonly outside: { readonly connect?: string; readonly ca?: string };
}

export type Side = 'host' | 'worker';
