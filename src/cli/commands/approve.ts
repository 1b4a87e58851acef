import { sign } from '../../approvals/sign';
import type { ReleaseNotes, RequestSummary, Sternway } from '../../client';
import { oneLine } from '../../report/escape';
import { notesLines } from '../../report/release-notes';
import { withClient } from '../connect';
import { readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';

/** `expires`: seconds. `plan`: the hash that was looked at, or its beginning. */
type Options = EnvironmentOptions & ServerOptions & { key: string; reject?: true; expires: number; plan?: string };

/** Shows what is approved, signs its hash here, and sends the signature: the key never leaves this machine. */
export async function approve(deployment: string, options: Options): Promise<void> {
  const context = readContext(options);
  const { app, environment } = context.target;
  const said = await withClient(options, async (sternway) => {
    await waitingOne(sternway, context, deployment);
    const { plan, release, releaseNotes } = await sternway.requests.waiting(context.target, deployment);
    if (plan === null) throw new Stop(EXIT.refused, `the plan of ${deployment} is not made yet; ${context.command('follow', deployment)} shows why`);
    if (options.plan !== undefined && !plan.hash.startsWith(options.plan)) throw new Stop(EXIT.refused, `the plan of ${deployment} is ${plan.hash}, and not ${options.plan}: look at it again; nothing was signed`);
    const lines = [
      `${app}/${environment}  ${release} (commit ${plan.commit.slice(0, 12)}), from ${plan.previous ?? 'what is there'}, on ${plan.hosts.join(', ')}`,
      ...plan.steps.map((step) => `  ${step}`), ...plan.notes.map((note) => `  note: ${note}`), ...writtenLines(releaseNotes), `plan ${plan.hash}`,
    ];
    if (!options.json) stdout.write(`${lines.map(oneLineKept).join('\n')}\n`);
    const expires = `${new Date(Date.now() + options.expires * 1000).toISOString().slice(0, 19)}Z`;
    const approval = await sign({ app, environment, plan: plan.hash, decision: options.reject ? 'reject' : 'approve', expires }, options.key);
    return { sentence: await sternway.requests.approve(context.target, deployment, approval), plan: plan.hash, expires };
  });
  const { sentence, plan, expires } = said;
  stdout.write(options.json ? `${jsonLine({ v: 1, type: options.reject ? 'rejected' : 'approved', deployment, plan, expires, sentence })}\n` : `${oneLine(sentence)}, until ${expires}\n`);
}

/** What a person wrote for the release: who approves it has read it. */
function writtenLines(notes: ReleaseNotes | null | undefined): string[] {
  return notes ? notesLines(notes).flatMap(([title, texts]) => [title, ...texts.map((text) => `  ${text}`)]) : [];
}

/** The request that is meant. @throws Stop when nothing of that name waits */
export async function waitingOne(sternway: Sternway, { target, command }: Context, deployment: string): Promise<RequestSummary> {
  const found = await sternway.requests.of(target, deployment);
  if (found?.waiting) return found;
  const why = found ? `${deployment} does not wait any more` : `nothing waits on ${target.app}/${target.environment} as ${deployment}`;
  throw new Stop(EXIT.refused, `${why}; ${command('status')} shows what does`);
}

/** One line, its indentation kept. */
function oneLineKept(text: string): string {
  return `${/^ */.exec(text)?.[0] ?? ''}${oneLine(text)}`;
}
