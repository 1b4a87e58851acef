// Where a reading is taken, and by which way it reaches the site.
import type { Way } from '../../commands/probe';
import type { Probe, Settings } from '../../config/schema';
import { kindOf } from '../../config/schema/probes';
import type { ProbeAim, Side } from './aim';

/** The default follows the kind: a request of the first tier on both sides, of a later tier and what users do from the worker. */
export function sidesOf(probe: Probe): readonly Side[] {
  if (probe.where) return [probe.where];
  const kind = kindOf(probe);
  if (kind === 'path') return probe.tier === 1 ? ['host', 'worker'] : ['worker'];
  return ['scenario', 'websocket', 'tls', 'samples', 'sentry'].includes(kind) ? ['worker'] : ['host'];
}

/** Through nginx's loopback copy of the vhost, while users still get the maintenance page. */
export function localWay(s: Settings): Way {
  const port = new URL(s.url).protocol === 'https:' ? s.nginx.local_port : s.nginx.local_http_port;
  return { connect: `127.0.0.1:${port}`, verify: false };
}

export function publicPort(s: Settings): Way {
  return { connect: `127.0.0.1:${portOf(s)}`, verify: false };
}

export function outsideWay(s: Settings, outside: ProbeAim['outside']): Way {
  return { ...(outside.connect ? { connect: `${bracketed(outside.connect)}:${portOf(s)}` } : {}), ...(outside.ca ? { ca_pem: outside.ca } : {}) };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function portOf(s: Settings): string {
  const site = new URL(s.url);
  return site.port || (site.protocol === 'https:' ? '443' : '80');
}
