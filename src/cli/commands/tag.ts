import { resolve } from 'node:path';
import { oneLine } from '../../report/escape';
import { readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import { GitFailed } from '../git';
import type { EnvironmentOptions } from '../options';
import { PushUnknown, ReleaseTag, type Checkout } from '../release-tag';
import { jsonLine } from '../render/json';
import { styleFor } from '../render/style';
import { isInteractive, stdout } from '../screen';
import { Stop } from '../stop';
import { NotPlanned, read } from './plan';

type Options = EnvironmentOptions & { message?: string; branch: string; remote: string; checkout: string };

/** Checks the checkout here and the hosts; only then is there a tag, first here and then at the remote. */
export async function tag(release: string, options: Options): Promise<void> {
  const context = readContext(options);
  const { branch, remote } = options;
  const releaseTag = new ReleaseTag({ release, branch, remote, message: options.message ?? `Release ${release}`, checkout: resolve(options.checkout) });
  try {
    const checkout = await releaseTag.look();
    const problems = [...checkout.problems, ...(await askHosts(context, release, checkout))];
    if (problems.length > 0) throw new Stop(EXIT.refused, `${release} is not tagged:\n${problems.map((problem) => `  - ${oneLine(problem)}`).join('\n')}`);
    const done = await releaseTag.publish(checkout);
    if (options.json) return stdout.write(`${jsonLine({ v: 1, type: 'tagged', release, commit: checkout.commit, branch, remote, ...done })}\n`);
    stdout.write(text(context, release, remote, checkout, done));
  } catch (error) {
    if (error instanceof GitFailed) throw new Stop(EXIT.refused, `${release} is not tagged: ${error.message}`);
    if (error instanceof PushUnknown) throw new Stop(EXIT.blocked, `${error.message}; whether ${remote} has ${release} now is not known: run the command again`);
    throw error;
  }
}

/** Why a deployment of this commit would be refused now. That there is no tag yet is no reason, as long as the remote has none; drift is for the deployment to adopt. */
async function askHosts(context: Context, release: string, { commit, there, problems }: Checkout): Promise<readonly string[]> {
  try {
    const plan = await read(context, release, { untagged: there ? undefined : commit, adopt: true });
    // One tag at the wrong commit is told once.
    if (problems.length > 0 || plan.release.commit === commit) return [];
    return [`the hosts find ${release} in ${context.environment.repository} at ${plan.release.commit.slice(0, 12)} and not at ${commit.slice(0, 12)}; is that repository the remote?`];
  } catch (error) {
    if (error instanceof NotPlanned) return error.reasons;
    throw error;
  }
}

function text(context: Context, release: string, remote: string, { line }: Checkout, { created, pushed }: { created: boolean; pushed: boolean }): string {
  const { good, strong, marks } = styleFor(isInteractive());
  const how = !pushed ? `was there already, here and on ${remote}` : created ? `is made and pushed to ${remote}` : `was there already and is pushed to ${remote}`;
  return `${good(marks.done)} the tag ${release} ${how}\n  ${oneLine(line)}\n  next: ${strong(context.command('deploy', release))}\n`;
}
