import { UserError } from '../../config/user-error';
import { readHelper } from '../../hosts/helper-files';
import { installScript } from '../../hosts/install-script';
import { readContext, settingsOf } from '../context';
import type { EnvironmentOptions } from '../options';
import { stdout } from '../screen';

/** Prints the script by which an administrator installs the helper and its line in sudoers: connects to nobody. */
export function helper(name: string, options: EnvironmentOptions): Promise<void> {
  const context = readContext(options);
  const host = context.environment.hosts[name];
  if (!host) throw new UserError(`${name} is not a host of ${context.target.environment} (it has ${Object.keys(context.environment.hosts).join(', ')})`);
  stdout.write(installScript(readHelper(), settingsOf(context).paths.state, host.user));
  return Promise.resolve();
}
