/** A failure as the history holds it, decoded: what is ours in it, innermost first. */
export interface RecordedFailure {
  readonly type: string | null;
  /** One sentence: the innermost message; a timeout says so. */
  readonly sentence: string;
  readonly details: readonly unknown[];
}

type Line<Kind extends string> = { readonly kind: Kind; readonly id: number; readonly at: string };

/** The history events that mean something to us, decoded, as plain data; foreign values are `unknown` and read with care. */
export type Recorded =
  | (Line<'started'> & { readonly workflow: string; readonly run: string; readonly input: unknown; readonly identity: string })
  | (Line<'scheduled'> & { readonly activity: string; readonly activityId: string; readonly input: unknown })
  | (Line<'attempt'> & { readonly scheduled: number; readonly attempt: number })
  | (Line<'activity-ended'> & {
      readonly scheduled: number;
      readonly status: 'completed' | 'failed' | 'timed-out' | 'cancelled';
      readonly result: unknown;
      readonly failure: RecordedFailure | null;
    })
  | (Line<'signal'> & { readonly name: string; readonly input: unknown; readonly identity: string })
  | (Line<'update'> & { readonly name: string; readonly input: unknown; readonly identity: string })
  | (Line<'cancel-requested'> & { readonly identity: string; readonly reason: string })
  | (Line<'timer-started'> & { readonly timer: string; readonly seconds: number; readonly summary: string })
  | (Line<'timer-fired'> & { readonly timer: string })
  | (Line<'memo'> & { readonly memo: Readonly<Record<string, unknown>> })
  | Line<'task-scheduled'>
  | Line<'task-completed'>
  | (Line<'task-failed'> & { readonly sentence: string })
  | (Line<'ended'> & {
      readonly status: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'continued';
      readonly result: unknown;
      readonly failure: RecordedFailure | null;
      /** Who terminated it, and why; empty otherwise. */
      readonly identity: string;
      readonly reason: string;
    })
  | Line<'other'>;

export type RecordedEnd = Extract<Recorded, { kind: 'ended' }>;
