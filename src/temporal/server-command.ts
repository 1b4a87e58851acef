/**
 * The development server has one history shard and by default polls its queues 20 times a second, shared by all workflows;
 * unthrottled, an activity takes 18 ms instead of 52. Eager execution saves the round trip of an activity task.
 */
const tuning = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.transferProcessorMaxPollHostRPS=5000',
  'history.timerProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
];

/**
 * A write-ahead log makes a commit cheaper at the same durability. Exclusive locking keeps a second server off the same
 * file: without it both run, and each believes that it owns every workflow.
 */
const pragmas = ['journal_mode=wal', 'locking_mode=exclusive'];

/** Ports on 127.0.0.1. */
export interface ServerPorts {
  readonly grpc: number;
  /** Undefined: no web UI. */
  readonly ui: number | undefined;
  /** Told to nobody else: when it answers, it is our server that runs, not another one that took the grpc port just before us. */
  readonly own: number;
}

/** Arguments of the Temporal CLI. `dataFile` absolute; undefined: in memory. */
export function serverArguments(ports: ServerPorts, dataFile: string | undefined): string[] {
  const ip = '127.0.0.1';
  return [
    ...['server', 'start-dev', '--ip', ip, '--port', `${ports.grpc}`, '--http-port', `${ports.own}`],
    ...(ports.ui === undefined ? ['--headless'] : ['--ui-ip', ip, '--ui-port', `${ports.ui}`]),
    ...(dataFile === undefined ? [] : ['--db-filename', dataFile, ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma])]),
    ...tuning.flatMap((value) => ['--dynamic-config-value', value]),
  ];
}
