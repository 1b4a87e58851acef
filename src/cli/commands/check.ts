import type { Deps } from '../../activities/deps';
import { stateRoot } from '../../facts/ask';
import type { Host } from '../../config/schema';
import { Sternway } from '../../client';
import { oneLine } from '../../report/escape';
import { wrap } from '../../report/width';
import { readContexts, settingsOf, type Context } from '../context';
import { EXIT } from '../exit-codes';
import { remedy } from '../remedy';
import { withHosts } from '../hosts';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { styleFor, type Style } from '../render/style';
import { isInteractive, stdout } from '../screen';
import { Stop } from '../stop';

interface Finding {
  readonly environment: string;
  readonly host: string;
  readonly ok: boolean;
  /** What was found; or what is wrong, in one sentence. */
  readonly sentence: string;
  /** Commands that an administrator runs, with what they are for as comments. */
  readonly remedy: readonly string[];
}

/** Checks the configuration and every host: the connection, its pinned key, sudo, Python, the helper, open claims. */
export async function check(options: EnvironmentOptions & ServerOptions): Promise<void> {
  const contexts = readContexts(options);
  const style = styleFor(isInteractive());
  const say = (finding: Finding): void => stdout.write(options.json ? `${jsonLine({ v: 1, type: 'check', ...finding })}\n` : text(finding, style));
  if (!options.json) stdout.write(`${style.good(style.marks.done)} ${contexts[0]?.config.file ?? ''} has no mistakes\n`);
  const findings: Finding[] = [];
  for (const context of contexts) {
    if (!options.json) stdout.write(`\n${style.strong(`${context.target.app}/${context.target.environment}`)}\n`);
    const names = Object.keys(context.environment.hosts);
    const found = await withHosts(context, (deps) => Promise.all(names.map((name) => look(deps, context, name))));
    found.forEach(say);
    findings.push(...found);
  }
  say(await temporal(options));
  const bad = findings.filter(({ ok }) => !ok).length;
  if (bad > 0) throw new Stop(EXIT.refused, `${bad} of ${findings.length} hosts ${bad === 1 ? 'is' : 'are'} not ready: a deployment would be refused`);
}

async function look(deps: Deps, context: Context, name: string): Promise<Finding> {
  const { environment } = context.target;
  const settings = settingsOf(context);
  const host = context.environment.hosts[name] as Host;
  try {
    const connection = deps.host(context.environment, settings, name);
    const hello = await connection.hello();
    const { claim, head } = await connection.look(stateRoot(settings));
    const become = host.become === 'sudo' ? 'sudo' : 'root';
    const reached = `${host.user}@${host.address}:${host.port}, ${become}, Python ${hello.python}${hello.cgroup ? '' : ', no cgroups for tasks (a program that starts its own session outlives a stop)'}`;
    const live = head?.deployment ? `live: ${head.deployment}` : 'no deployment of ours yet';
    const held = claim?.open ? `; held by ${claim.deployment} since ${claim.at}, by ${claim.by}` : '';
    return { environment, host: name, ok: true, sentence: `${reached}; ${live}${held}`, remedy: [] };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const found = remedy(error, name, host, settings.paths.state);
    if (found === undefined) throw error;
    return { environment, host: name, ok: false, sentence: oneLine(error.message).replace(`${name}: `, ''), remedy: found };
  }
}

/** Not a reason to refuse: a server may be started later, and the worker may run elsewhere. */
async function temporal(options: ServerOptions): Promise<Finding> {
  const finding = { environment: '', host: 'Temporal', remedy: [] };
  try {
    const sternway = await Sternway.connect(options);
    const answers = await sternway.hasWorkers();
    await sternway.close();
    return { ...finding, ok: answers, sentence: answers ? 'answers, and a worker asks for work' : 'answers, but no worker asks for work: start one with sternway worker' };
  } catch (error) {
    return { ...finding, ok: false, sentence: (error as Error).message };
  }
}

function text({ environment, host, ok, sentence, remedy: commands }: Finding, { good, bad, strong, marks }: Style): string {
  const lines = wrap(oneLine(sentence), 66);
  const mark = ok ? good(marks.done) : environment === '' ? marks.stopped : bad(marks.failed);
  const first = `${environment === '' ? '\n' : '  '}${mark} ${host}`;
  const indent = ' '.repeat(6);
  const mend = commands.length === 0 ? [] : [`${indent}An administrator of ${host} runs:`, ...commands.map((line) => `${indent}  ${line.startsWith('#') ? line : strong(line)}`)];
  return `${[first, ...lines.map((line) => indent + line), ...mend].join('\n')}\n`;
}
