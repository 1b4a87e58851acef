import { afterAll, beforeAll, expect, test } from 'vitest';
import { Host, type HostOptions } from '../../src/hosts/host';
import { readHelper } from '../../src/hosts/helper-files';
import { installScript } from '../../src/hosts/install-script';
import { deploy, must, raiseStage, remember, rollback, version, type Stage } from './stage';

// A host as its administrator left it: the deploy user may run the helper through sudo, and nothing else.

let stage: Stage;
beforeAll(async () => {
  stage = await raiseStage('narrow');
  // The line that test hosts come with, which allows everything.
  await must(stage, 'rm /etc/sudoers.d/sternway');
});
afterAll(async () => {
  await stage?.remove();
});

const options = (): HostOptions => {
  const { address, port, user, privateKeyPath: key, hostKey } = stage.shop.host;
  return { name: 'web-1', address, port, user, key, hostKey, state: '/var/lib/sternway', sudo: true };
};
const asDeploy = async (command: string): Promise<number | null> => (await stage.shop.host.run(`runuser -u deploy -- ${command}`)).code;

async function install(): Promise<string> {
  await stage.shop.host.put('/root/install-helper.sh', installScript(readHelper(), '/var/lib/sternway', 'deploy'), 0o700);
  return await must(stage, 'sh /root/install-helper.sh');
}

test('without its line in sudoers a deployment is refused, and nothing is changed [F29]', async () => {
  expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'unchanged', sentence: expect.stringContaining('sudo asks for a password; give the deploy user its line') as string });
});

test('with the helper and its one line a release is deployed and taken back by a user who may do nothing else as root [RD-04, SE-05, SE-06]', async () => {
  expect(await install()).toContain(`/var/lib/sternway/bin/${readHelper().checksum} is there, and deploy may run it`);
  expect(await must(stage, 'cat /etc/sudoers.d/sternway-deploy')).toBe(`deploy ALL=(root) NOPASSWD: /usr/bin/python3 -I /var/lib/sternway/bin/${readHelper().checksum} serve`);
  for (const command of ['sudo -n true', 'sudo -n sh', 'sudo -n python3 -c 1', `sudo -n python3 -I /var/lib/sternway/bin/${readHelper().checksum} break-glass`, `sudo -n python3 -I /var/lib/sternway/bin/${readHelper().checksum}x serve`, `sudo -n python3 -I /tmp serve`, 'sudo -n -u www-data true']) {
    expect([command, await asDeploy(command)]).toEqual([command, 1]);
  }
  expect(await asDeploy(`sh -c 'echo x >> /var/lib/sternway/bin/${readHelper().checksum}/server.py'`)).not.toBe(0);
  expect(await asDeploy('mkdir /var/lib/sternway/bin/0123456789abcdef')).not.toBe(0);
  const differs = await remember(stage);
  expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'deployed' });
  expect(await version(stage)).toBe('v1.2.0');
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  // Users were let in, so an additive schema stays with what they wrote; all else is as it was.
  expect((await differs()).split('\n').filter((line) => line !== '' && !/^(rows|schema): /.test(line))).toEqual([]);
});

test('a version of the helper that no administrator has installed is refused, with who does it', async () => {
  const newer = readHelper();
  const host = new Host(options(), { checksum: '0123456789abcdef', files: newer.files });
  await expect(host.hello()).rejects.toThrow('web-1: sudo asks for a password; give the deploy user its line for this version of the helper');
  await must(stage, `rm -r /var/lib/sternway/bin/${newer.checksum}`);
  await expect(new Host(options()).hello()).rejects.toThrow(/^web-1: the helper is not in \S+, and sudo does not let the deploy user install it; an administrator runs the script that sternway helper prints$/);
  await install();
  const again = new Host(options());
  expect((await again.hello()).uid).toBe(0);
  await again.disconnect();
});
