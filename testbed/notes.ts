import { createHash } from 'node:crypto';
import { basePath } from './bases';
import { carryIn, imageName, localCa, runScript, wheelsPath, type Example } from './example';
import { ensureImage, raiseHost, type TargetHost } from './index';
import { startPayments, type Payments } from './payments';
import { startS3, type S3 } from './s3';
import { until } from './wait';

const notes: Example = { name: 'notes', wheels: 'wheels-notes' };
const scripts = { systemd: 'brownfield.sh', compose: 'brownfield-compose.sh' };

const answers = 'curl -sf -m 10 -o /dev/null --cacert /etc/ssl/notes/ca.crt --resolve notes.test:443:127.0.0.1 https://notes.test/health/';
// Docker calls a container healthy some seconds after it answers.
const healthy = { systemd: answers, compose: `${answers} && ! docker ps --all --format '{{.Status}}' | grep -Ev '^Up [^(]*([(]healthy[)])?$'` };

/** A host that runs notes, v1.0.0, as its runbook left it: a plain directory /var/www/notes; and what is beside it. */
export interface NotesHost {
  host: TargetHost;
  /** The certificate authority that clients verify https://notes.test/ with (a local PEM file). */
  caPath: string;
  /** Where notes keeps its media; the settings on the host name `s3.endpointOnHost`. */
  s3: S3;
  payments: Payments;
  /** Removes the host, the services beside it and the local files that belong to it. */
  remove(): Promise<void>;
}

/**
 * Raises a host named `notes` that serves notes, and resolves when all of it is healthy; seconds, once the image with it
 * exists (the first call makes that). `strategy`: with MariaDB and Redis of the host, or all of it in Docker Compose.
 */
export async function raiseNotes(options: { strategy: 'systemd' | 'compose'; name?: string }): Promise<NotesHost> {
  const { strategy, name = 'notes' } = options;
  const image = imageName(`notes-${strategy}`, notes);
  await ensureImage(image, (host) => install(host, strategy), async () =>
    strategy === 'systemd' ? raiseHost({ name: 'notes', base: 'stack-b' }) : raiseHost({ name: 'notes', image: await notesBaseImage() }));
  const host = await raiseHost({ name, image });
  const beside: { stop(): Promise<void> }[] = [];
  const removals = [() => host.remove()];
  const remove = async (): Promise<void> => {
    await Promise.all(beside.map((service) => service.stop()));
    for (const one of removals) await one();
  };
  try {
    const s3 = await startS3({ host });
    beside.push(s3);
    const payments = await startPayments(host);
    beside.push(payments);
    const ca = await localCa(host, notes);
    removals.push(() => Promise.resolve(ca.remove()));
    await until(`The health of notes on ${name}`, async () => (await host.run(healthy[strategy])).code === 0 || undefined, { everyMs: 100 });
    return { host, caPath: ca.caPath, s3, payments, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * An image of a host with the Docker image `notes-base:1`, which everything of notes is built from: Debian with Python,
 * venv, MariaDB and Redis, and the wheels of notes in /srv/wheels. Docker is not started. For `raiseHost({ image })`.
 */
export async function notesBaseImage(): Promise<string> {
  const wheels = await wheelsPath(notes);
  const name = `notes-base-${createHash('sha256').update(`${wheels}\n${await basePath('stack-b')}\n${importTree}`).digest('hex').slice(0, 12)}`;
  await ensureImage(name, async (host) => {
    await host.copyIn(wheels, '/srv/wheels');
    const imported = await host.run(importTree);
    if (imported.code !== 0) throw new Error(`The image notes-base:1 cannot be made: ${imported.stderr.trim()}`);
  }, () => raiseHost({ name: 'notes-base', base: 'stack-b', docker: true }));
  return name;
}

// The host's own tree without Docker, the data of the databases, and what is the host's alone.
const without = ['./var/lib/docker', './var/lib/containerd', './var/lib/mysql/*', './var/cache', './usr/bin/docker*', './usr/bin/containerd*', './usr/bin/ctr', './usr/sbin/dockerd', './usr/sbin/runc', './etc/ssh', './etc/machine-id', './home/*', './root/*'];
const importTree = `set -eo pipefail
systemctl start docker
tar -C / --one-file-system ${without.map((path) => `--exclude='${path}'`).join(' ')} -c . | docker import --change 'ENV LANG=C.UTF-8' - notes-base:1
systemctl stop docker.service docker.socket containerd.service`;

async function install(host: TargetHost, strategy: 'systemd' | 'compose'): Promise<void> {
  await carryIn(host, notes);
  if (strategy === 'compose') await host.run('systemctl enable --quiet --now docker');
  const s3 = await startS3({ host });
  try {
    const payments = await startPayments(host);
    try {
      await runScript(host, notes, scripts[strategy], { S3_ENDPOINT: s3.endpointOnHost, S3_ACCESS_KEY: s3.accessKey, S3_SECRET_KEY: s3.secretKey, RAZORPAY_URL: payments.url });
    } finally {
      await payments.stop();
    }
  } finally {
    await s3.stop();
  }
}
