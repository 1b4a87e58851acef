/** What stands on a host where a hand might change it: read by `standing.py`, kept by a deployment's last step, compared by the next plan. */
export interface Standing {
  readonly app: Placed;
  /** The deployment that REVISION names; null: there is none. */
  readonly revision: string | null;
  /** By name; `enabled` as systemd says it, `dropIns` the sha256 of those below /etc by path. */
  readonly units: Readonly<Record<string, { readonly path: string; readonly sha256: string | null; readonly enabled: string | null; readonly dropIns: Readonly<Record<string, string | null>> }>>;
  readonly site: {
    readonly enabled: Placed;
    readonly vhost: { readonly path: string; readonly sha256: string | null };
    readonly maintenance: { readonly path: string; readonly sha256: string | null };
    /** The sites that a deployment takes out, by path. */
    readonly others: Readonly<Record<string, PathFact>>;
  };
  /** Ids of the images that run, by service; null: no compose project. */
  readonly images: Readonly<Record<string, string>> | null;
  /** Tracked files of the live release that are not as committed: what is there instead, by path. Null: that cannot be told. */
  readonly code: Readonly<Record<string, string>> | null;
}

export interface PathFact {
  readonly kind: 'missing' | 'directory' | 'file' | 'link';
  readonly target: string | null;
}

export type Placed = PathFact & { readonly path: string };

/** A deployment that was taken over before it came to its end, with the titles of its changes that still stand. */
export interface Unfinished {
  readonly deployment: string;
  readonly release: string;
  readonly begun: readonly string[];
}
