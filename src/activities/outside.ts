import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import type { OutsideProbe } from '../plan/plan';
import type { TaskInput, TaskResult } from './contract';
import { stepFailed } from './failures';

const ONE_ANSWER_MS = 5_000;
const BETWEEN_MS = 200;

/** The site as users get it, read by the worker until every probe passes or the seconds are over. Its TLS must hold. */
export async function readOutside(input: TaskInput): Promise<TaskResult> {
  const { probes, seconds } = input.outside ?? { probes: [], seconds: 0 };
  const why = await firstFailure(probes, seconds);
  if (why !== undefined) throw stepFailed(why, 'CheckFailed', {});
  return { state: 'ended', seconds: null, tail: probes.map((probe) => `${probe.name}: pass`).join('\n'), adopted: false, at: null };
}

/** Why the first probe that does not pass within the seconds (together) does not; undefined: all pass. */
export async function firstFailure(probes: readonly OutsideProbe[], seconds: number): Promise<string | undefined> {
  const end = Date.now() + seconds * 1000;
  for (const probe of probes) {
    let why = await judge(probe);
    while (why !== undefined && Date.now() < end) {
      await pause(BETWEEN_MS);
      why = await judge(probe);
    }
    if (why !== undefined) return `${probe.url}: ${why}`;
  }
  return undefined;
}

/** Why the probe does not pass; undefined: it does. No answer is not a pass. */
async function judge(probe: OutsideProbe): Promise<string | undefined> {
  const begun = Date.now();
  let answer: { status: number; text: string };
  try {
    answer = await fetchFrom(probe);
  } catch (error) {
    return `no answer (${error instanceof Error ? error.message : String(error)})`;
  }
  const took = Date.now() - begun;
  if (answer.status !== probe.status) return `answers ${answer.status} and not ${probe.status}`;
  if (probe.within !== undefined && took > probe.within) return `took ${took} ms, more than ${probe.within} ms`;
  if (probe.contains !== undefined && !answer.text.includes(probe.contains)) return `does not contain ${JSON.stringify(probe.contains)}`;
  for (const [field, wanted] of Object.entries(probe.json ?? {})) {
    const found = fieldOf(answer.text, field);
    if (found !== wanted) return `says ${field} ${JSON.stringify(found) ?? 'nothing'} and not ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

function fetchFrom(probe: OutsideProbe): Promise<{ status: number; text: string }> {
  const url = new URL(probe.url);
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: probe.connect ?? url.hostname, port: url.port || (url.protocol === 'https:' ? 443 : 80), path: `${url.pathname}${url.search}`,
        headers: { host: url.host, 'user-agent': 'sternway' }, servername: url.hostname, signal: AbortSignal.timeout(ONE_ANSWER_MS), agent: false,
        ...(probe.ca ? { ca: [...rootCertificates, probe.ca] } : {}),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text = (text + chunk).slice(0, 1 << 20)));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', (error) => reject(error.name === 'AbortError' || error.name === 'TimeoutError' ? new Error(`none within ${ONE_ANSWER_MS} ms`) : error));
    sent.end();
  });
}

function fieldOf(text: string, field: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const key of field.split('.')) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
