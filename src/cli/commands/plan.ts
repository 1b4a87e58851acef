import { ApplicationFailure } from '@temporalio/common';
import type { RemoteCommand } from '../../commands/remote-command';
import { loadReleaseNotes } from '../../config/load-release-notes';
import { HostRefused, ConnectionLost } from '../../hosts/failures';
import type { Plan, Step } from '../../plan/plan';
import { wayBack } from '../../plan/way-back';
import { deploymentId } from '../../client';
import { foretell } from '../../gates/foretold';
import { visible, oneLine } from '../../report/escape';
import { notesLines } from '../../report/release-notes';
import { place } from '../../report/task-line';
import { duration } from '../../report/time';
import { fit, width } from '../../report/width';
import { askedBy, readContext, settingsOf, type Context } from '../context';
import { EXIT } from '../exit-codes';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { planRemarks } from '../render/plan-line';
import { styleFor, type Style } from '../render/style';
import { isInteractive, stdout } from '../screen';
import { Stop } from '../stop';
import { withHosts } from '../hosts';
import { loadPlanning } from '../lazy';

/** So that hosts and way back still fit into 80 columns. */
const LONGEST_TITLE = 51;

type Options = EnvironmentOptions & ServerOptions & { commands?: true; adopt?: true; notes?: string };

export async function plan(release: string, options: Options): Promise<void> {
  const context = readContext(options);
  const releaseNotes = options.notes === undefined ? undefined : loadReleaseNotes(options.notes);
  const found = { ...(await read(context, release, options)), ...(releaseNotes ? { releaseNotes } : {}) };
  if (options.json) return stdout.write(`${jsonLine(found)}\n`);
  stdout.write(`${[...planText(found, styleFor(isInteractive()), options.commands === true), ...gateLines(context)].join('\n')}\n`);
}

/** What will be waited for; nothing where there are no gates. */
function gateLines({ environment }: Context): string[] {
  if (environment.gates === undefined) return [];
  const { gates, start } = foretell(environment.gates, Date.now());
  return ['', styleFor(isInteractive()).strong('gates'), ...gates.map(({ gate, sentence }) => `  ${gate}: ${oneLine(sentence)}`), `  ${start}`];
}

/** The hosts would refuse the release, for these reasons. */
export class NotPlanned extends Stop {
  constructor(
    readonly reasons: readonly string[],
    sentence: string,
  ) {
    super(EXIT.refused, sentence);
  }
}

/** What a deployment would do. `untagged`: the commit that the release's tag is going to name; `adopt`: take drift as it is. @throws NotPlanned */
export async function read(context: Context, release: string, { untagged, adopt, ...where }: ServerOptions & { untagged?: string | undefined; adopt?: boolean | undefined } = {}): Promise<Plan> {
  const { target } = context;
  const deployment = deploymentId(release, new Date());
  const operation = { ...target, deployment, holder: deployment, ...askedBy({}) };
  try {
    return await withHosts(context, async (deps) => {
      const planning = await loadPlanning();
      return await planning.plan(deps, { operation, release, settings: settingsOf(context), ...(adopt ? { adopt } : {}) }, untagged, true);
    }, { ...(where.address === undefined ? {} : { address: where.address }), ...(where.namespace === undefined ? {} : { namespace: where.namespace }) });
  } catch (error) {
    const refused = error instanceof ApplicationFailure && error.type === 'Refused';
    if (refused) throw notPlanned(error, release, context);
    if (error instanceof HostRefused || error instanceof ConnectionLost) {
      const sentence = `${oneLine(error.message)}; ${context.command('check')} says what to do`;
      throw new NotPlanned([sentence], sentence);
    }
    throw error;
  }
}

function notPlanned(error: ApplicationFailure, release: string, { target }: Context): NotPlanned {
  const told = (error.details?.[0] as { reasons?: unknown } | undefined)?.reasons;
  const all = (Array.isArray(told) ? told.map(String) : [error.message]).map((reason) => oneLine(reason));
  return new NotPlanned(all, `${release} would be refused on ${target.app}/${target.environment}:\n${all.map((reason) => `  - ${reason}`).join('\n')}`);
}

/** Steps grouped by phase; with `commands`, what runs on each host and what takes it back; then what a person wrote for the release. */
export function planText(plan: Plan, { strong, dim }: Style, commands: boolean): string[] {
  const lines = [
    strong(`${plan.app}/${plan.environment}  ${oneLine(plan.release.tag)}`) + dim(`  (commit ${plan.release.commit.slice(0, 12)})`),
    `from ${oneLine(plan.previous?.tag ?? 'what is there')}, on ${plan.hosts.join(', ')}, strategy ${plan.strategy}`,
    dim(`${plan.steps.length} steps; turned back after ${duration(plan.limits.deadline)}; ${duration(plan.limits.undoBudget)} for each undo`),
    dim(`plan ${plan.hash}`),
    ...planRemarks((plan.adopted ?? []).map(({ sentence }) => sentence), plan.notes ?? []),
    ...(plan.baseline ?? []).map(({ name, verdict, value, why }) => dim(`before: ${oneLine(`${name}: ${why ?? `${verdict} ${JSON.stringify(value)}`}`)}`)),
  ];
  const columns = Math.min(LONGEST_TITLE, Math.max(...plan.steps.map(({ title }) => width(oneLine(title)))));
  let phase = '';
  for (const step of plan.steps) {
    if (step.phase !== phase) lines.push('', strong(step.phase));
    phase = step.phase;
    lines.push(stepLine(step, columns, dim), ...(commands ? commandLines(step, dim) : []));
  }
  if (plan.releaseNotes) for (const [title, texts] of notesLines(plan.releaseNotes)) lines.push('', strong(title), ...texts.map((text) => `  ${text}`));
  return lines;
}

function stepLine(step: Step, columns: number, dim: Style['dim']): string {
  const hosts = Object.keys(step.tasks).map(place).join(' ');
  return `  ${fit(oneLine(step.title), columns)}  ${dim(`${fit(hosts, 14)}${wayBack(step)}`)}`.trimEnd();
}

function commandLines(step: Step, dim: Style['dim']): string[] {
  const lines: string[] = [];
  for (const way of ['run', 'undo'] as const) {
    // The same text on several hosts is printed once.
    const texts = new Map<string, string[]>();
    for (const [host, task] of Object.entries(step.tasks)) {
      const command = task[way];
      if (command) texts.set(script(command), [...(texts.get(script(command)) ?? []), place(host)]);
    }
    for (const probe of step.outside?.[way] ?? []) texts.set(probe.document ? `${probe.document.kind ?? 'http'} ${probe.name}: ${JSON.stringify(probe.document)}` : `GET ${probe.url}  (expects ${probe.status})`, [place('worker')]);
    if (way === 'run' && step.job) texts.set(JSON.stringify(step.job), [place('worker')]);
    for (const [text, hosts] of texts) lines.push(dim(`      ${way === 'run' ? 'does' : 'undoes'}, ${hosts.join(', ')}:`), ...text.trimEnd().split('\n').map((line) => `        ${visible(line)}`));
  }
  return lines;
}

function script({ script: text, user, cwd, secrets }: RemoteCommand): string {
  const as = [...(user ? [`as ${user}`] : []), ...(cwd ? [`in ${cwd}`] : []), ...(secrets?.length ? [`with ${secrets.join(', ')}`] : [])];
  return `${as.length > 0 ? `# ${as.join(', ')}\n` : ''}${text}`;
}
