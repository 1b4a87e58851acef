import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import { safeJson } from '../report/escape';
import { pino, stdSerializers, type DestinationStream, type Level, type Logger } from 'pino';

export interface RuntimeLogging {
  /** The least that is written; by default `info`. */
  level?: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** A file to append to, made with its directory, readable by us alone; or a stream. By default standard error. */
  destination?: string | DestinationStream;
}

/** Keys whose values are never written, at the top of a log entry or one level down: the last wall, not the first. */
const secretKeys = ['password', 'passphrase', 'secret', 'secrets', 'token', 'apiKey', 'authorization', 'privateKey', 'cookie'];

let installed: Logger | undefined;

/**
 * Sends everything that the SDK, workers, workflows and activities log through one pino logger, as JSON lines, and returns it.
 * To be called before the first worker or native connection; the first call decides, later ones return its logger. The SDK
 * keeps its messages back for 0.1 to 0.2 s, to put them in order with those of its native part.
 */
export function installRuntime(options: RuntimeLogging = {}): Logger {
  if (installed !== undefined) return installed;
  const logger = createLogger(options);
  const level = (options.level ?? 'info').toUpperCase() as LogLevel;
  Runtime.install({
    // Pino takes its arguments the other way round; passed as it is, the metadata would be lost.
    logger: new DefaultLogger(level, ({ level, message, meta }) => logger[level.toLowerCase() as Level]({ ...meta }, message)),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
  installed = logger;
  return logger;
}

/** The logger alone, for what runs without a worker. */
export function createLogger({ level = 'info', destination }: RuntimeLogging = {}): Logger {
  const options = {
    level,
    // Without a serializer of its own, an Error under the SDK's key `error` is written as `{}`.
    serializers: { error: stdSerializers.errWithCause, err: stdSerializers.errWithCause },
    // Whoever reads a log on a terminal must not be shown by a host what no host may show.
    hooks: { streamWrite: (line: string) => `${safeJson(line.trimEnd())}\n` },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
  };
  if (typeof destination === 'object') return pino(options, destination);
  if (destination !== undefined) mkdirSync(path.dirname(path.resolve(destination)), { recursive: true, mode: 0o700 });
  // Synchronous, so that the last lines before a crash are there.
  return pino(options, pino.destination({ dest: destination ?? 2, sync: true, append: true, mode: 0o600 }));
}
