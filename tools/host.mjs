#!/usr/bin/env node
// Test hosts by hand. See docs/test-hosts.md.
import { spawnSync } from 'node:child_process';
import { prepare, PrepareError } from './prepare.mjs';
import { load } from './lib/typescript.mjs';

const usage = `Usage: node tools/host.mjs COMMAND
  list                    the hosts that run now
  raise [NAME] [IMAGE]    raises a host, says how to reach it, removes it on Ctrl-C
  notes STRATEGY [NAME]   the same with the example app notes on it, for the strategy systemd or compose, S3 beside it
  shell [NAME]            a root shell inside a running host; without one, inside a new host that is removed afterwards
  clean                   removes what dead processes left behind`;

const commands = { list, raise, notes, shell, clean };

async function list() {
  const hosts = running();
  if (hosts.length === 0) console.log('No test host is running.');
  for (const { record } of hosts) console.log(`${record.name.padEnd(16)} ${record.address.padEnd(15)} raised by process ${record.owner.pid}`);
}

async function raise(name, image) {
  const { raiseHost } = load('testbed/index.ts');
  const host = await raiseHost({ ...(name && { name }), ...(image && { image }) });
  tellHowToReach(host);
  await untilStopped();
  await host.remove();
}

async function notes(strategy, name) {
  if (strategy !== 'systemd' && strategy !== 'compose') throw new PrepareError('Say for which strategy notes is to run: systemd or compose.');
  const { host, caPath, s3, remove } = await load('testbed/notes.ts').raiseNotes({ strategy, ...(name && { name }) });
  console.log(`notes answers:
  curl --cacert ${caPath} --resolve notes.test:443:${host.address} https://notes.test/health/
S3 is at ${s3.endpoint}, on the host ${s3.endpointOnHost}, its objects in ${s3.directory}.`);
  tellHowToReach(host);
  await untilStopped();
  await remove();
}

function tellHowToReach(host) {
  console.log(`${host.name} is up. Reach it with:
  ssh -i ${host.privateKeyPath} -o UserKnownHostsFile=${host.record.directory}/known_hosts ${host.user}@${host.address}
  node tools/host.mjs shell ${host.name}
Ctrl-C removes it.`);
}

async function untilStopped() {
  const alive = setInterval(() => undefined, 2 ** 30);
  await new Promise((resolve) => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, resolve)));
  clearInterval(alive);
}

async function shell(name) {
  const hosts = running().filter(({ record }) => name === undefined || record.name === name || record.id === name);
  if (name !== undefined && hosts.length === 0) throw new PrepareError(`No test host called "${name}" is running: see \`node tools/host.mjs list\`.`);
  if (hosts.length > 1) throw new PrepareError(`Several test hosts are running: name one of ${hosts.map(({ record }) => `${record.name} (or ${record.id})`).join(', ')}.`);
  if (hosts.length === 1) return enter(hosts[0]);
  const host = await load('testbed/index.ts').raiseHost();
  try {
    enter(running().find(({ record }) => record.id === host.record.id));
  } finally {
    await host.remove();
  }
}

async function clean() {
  await load('testbed/index.ts').removeStaleHosts();
}

function running() {
  const { leaderOf } = load('testbed/cgroup.ts');
  const records = load('testbed/record.ts').allRecords();
  return records.map((record) => ({ record, leader: leaderOf(record) })).filter(({ leader }) => leader !== undefined);
}

function enter({ record, leader }) {
  const [program, ...args] = load('testbed/inside.ts').shellInside(record, leader);
  process.exitCode = spawnSync(program, args, { stdio: 'inherit', cwd: '/' }).status ?? 1;
}

const [name, ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
if (!command || args.length > command.length) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    if (process.getuid() !== 0) throw new PrepareError('Test hosts need root: run this with sudo.');
    await prepare(['node_modules']);
    await command(...args);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
