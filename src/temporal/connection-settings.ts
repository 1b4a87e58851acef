import { existsSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions, type ClientConfigProfile } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { UserError } from '../config/user-error';

/** What a command line may set in place of environment and file. */
export interface ConnectionOverrides {
  /** `host` or `host:port` */
  address?: string | undefined;
  namespace?: string | undefined;
}

export interface ConnectionSettings {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  /** For Connection.connect and NativeConnection.connect alike. */
  readonly options: NativeConnectionOptions;
}

/**
 * Where the Temporal server is and how to be let in: overrides, then `TEMPORAL_*` variables, then the profile of Temporal's
 * configuration file; else 127.0.0.1:7233 and `default`.
 * @throws UserError for a setting that cannot be meant
 */
export function connectionSettings(overrides: ConnectionOverrides = {}, environment: NodeJS.ProcessEnv = process.env): ConnectionSettings {
  const env = withoutEmpty(environment);
  const file = env.TEMPORAL_CONFIG_FILE;
  // The library takes a missing file for an empty one, and any other word than these for "no TLS".
  if (file !== undefined && !existsSync(file)) throw new UserError(`TEMPORAL_CONFIG_FILE names ${file}, which does not exist: correct or unset it.`);
  const tls = env.TEMPORAL_TLS;
  if (tls !== undefined && !['1', 'true', '0', 'false'].includes(tls)) throw new UserError(`TEMPORAL_TLS is ${JSON.stringify(tls)}: set it to true or false.`);

  const profile = understood(() => loadClientConfigProfile({ configFileStrict: true, overrideEnvVars: env }));
  checkPair(profile);
  const { connectionOptions, namespace } = understood(() => toClientOptions(profile));
  const address = normal(overrides.address ?? connectionOptions.address ?? '127.0.0.1');
  return { address, namespace: overrides.namespace ?? namespace ?? 'default', options: { ...connectionOptions, address } };
}

/** Compose files pass variables on that nobody has set: empty means absent. An empty TEMPORAL_GRPC_META_* removes a header. */
function withoutEmpty(env: NodeJS.ProcessEnv): Record<string, string> {
  const meant = ([name, value]: [string, string | undefined]) => value !== undefined && (value !== '' || !name.startsWith('TEMPORAL_') || name.startsWith('TEMPORAL_GRPC_META_'));
  return Object.fromEntries(Object.entries(env).filter(meant)) as Record<string, string>;
}

function understood<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    throw new UserError(`The settings for the Temporal server cannot be used: ${(error as Error).message}. They come from the TEMPORAL_* variables and Temporal's configuration file (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE).`);
  }
}

function checkPair({ tls }: ClientConfigProfile): void {
  if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined)) {
    throw new UserError('The settings for the Temporal server name a client certificate without its key, or a key without its certificate: set both or neither (TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH).');
  }
}

function normal(address: string): string {
  const { host, port } = hostAndPort(address);
  return `${host}:${port}`;
}

/** `host` with brackets around IPv6. @throws UserError */
export function hostAndPort(address: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(address);
  const port = Number(match?.[2] ?? 7233);
  if (match?.[1] === undefined || port < 1 || port > 65535) throw new UserError(`The address of the Temporal server is ${JSON.stringify(address)}: write it as host:port, for example 127.0.0.1:7233.`);
  return { host: match[1], port };
}
