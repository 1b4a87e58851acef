import { quote, type RemoteCommand } from '../commands/remote-command';

/** What of a plan its break-glass script needs; src/plan's Plan is one. */
export interface BreakGlassPlan {
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  readonly release: { readonly tag: string };
  readonly root: string;
  readonly hosts: readonly string[];
  readonly steps: readonly BreakGlassStep[];
}

interface BreakGlassStep {
  readonly id: string;
  readonly title: string;
  readonly phase: string;
  readonly kind: 'change' | 'check';
  readonly schema?: string;
  readonly tasks: Readonly<Record<string, { readonly undo?: RemoteCommand }>>;
}

/**
 * A POSIX sh script for one host that takes a deployment back without Sternway and without network. It hands over to the helper on the host, which
 * knows how far each step came; where that is gone, `--print` shows every undo as commands for a person, who then decides what was done.
 */
export function renderBreakGlass(plan: BreakGlassPlan, host: string, helperHome: string): string {
  const back = plan.steps.filter((step) => step.tasks[host] && (step.kind === 'change' || step.tasks[host].undo)).reverse();
  const worker = plan.steps.filter((step) => step.tasks['worker']).map((step) => step.title);
  const call = `python3 -I "$helper" break-glass --root ${quote(plan.root)} --deployment ${quote(plan.deployment)} --host ${quote(host)}`;
  return [
    '#!/bin/sh',
    `# Takes ${plan.app}/${plan.environment}, deployment ${plan.deployment} (${oneLine(plan.release.tag)}), back on ${host}, without Sternway.`,
    `# Run it as root:  sh ${plan.root}/${plan.deployment}/break-glass.sh [--status | --print | --yes] [--schema keep|undo]`,
    '# Without an option it shows the state and asks. --print only shows the commands. Running it again is safe.',
    plan.hosts.length > 1 ? `# Other hosts have their own: ${plan.hosts.filter((name) => name !== host).join(', ')}.` : '#',
    worker.length > 0 ? `# Not on any host, so not done from here: ${worker.map(oneLine).join('; ')}.` : '#',
    'set -eu',
    `helper=${quote(helperHome)}`,
    'print() {',
    ...heredoc(back.flatMap((step, index) => described(step, host, index + 1, back.length))),
    '}',
    'if [ "${1:-}" = --print ]; then print; exit 0; fi',
    'if [ ! -e "$helper/__main__.py" ] || ! command -v python3 >/dev/null; then',
    '  echo "The helper $helper or python3 is gone, so nothing is done by itself. These are the undos, newest first;" >&2',
    `  echo "run those whose step was done (its record is below ${plan.root}/${plan.deployment}/tasks):" >&2`,
    '  print',
    '  exit 1',
    'fi',
    `exec ${call} "$@"`,
    '',
  ].join('\n');
}

function described(step: BreakGlassStep, host: string, number: number, of: number): string[] {
  const undo = step.tasks[host]?.undo;
  const what = step.kind === 'check' ? 'check' : 'undo';
  const head = `== ${number} of ${of}, ${what}: ${oneLine(step.title)} (${step.phase}, record ${step.id})`;
  if (!undo) return [head, '   nothing to run', ''];
  const schema = step.schema ? ['   A schema change: once users were let in, an additive one stays, any other loses what they wrote.'] : [];
  const circumstances = [
    undo.user ? `as the account ${undo.user}` : 'as root', undo.cwd ? `in ${undo.cwd}` : '',
    ...Object.entries(undo.env ?? {}).map(([name, value]) => `with ${name}=${quote(value)}`), undo.secrets?.length ? `with the secrets ${undo.secrets.join(', ')}` : '',
  ].filter(Boolean);
  return [head, ...schema, `   ${circumstances.join(', ')}:`, ...undo.script.trimEnd().split('\n').map((line) => `   ${line}`), ''];
}

/** The lines as data that no shell reads, under a mark that occurs in none of them. */
function heredoc(lines: readonly string[]): string[] {
  let mark = 'END_OF_UNDOS';
  while (lines.includes(mark)) mark += '_';
  return [`cat <<'${mark}'`, ...lines, mark];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
