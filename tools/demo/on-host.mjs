// What the demo does and sees on the host, past Sternway.

const HOLD = '/run/shop/hold-migration';
const RUNS = '/var/log/shop/upgrade-runs.log';
const LIMIT_MS = 60_000;

/** The migration of v1.5.7 waits while this file exists, a minute at most: time to do something in the middle. */
export async function hold(host) {
  await must(host, `touch ${HOLD}`);
}

export async function letGo(host) {
  await must(host, `rm -f ${HOLD}`);
}

/** The pid of the program that migrates, as the host counts; undefined when none does. */
export async function migrating(host) {
  return (await host.run('pgrep -o -f "database.py upgrade"')).stdout.trim() || undefined;
}

/** How often the program that migrates has begun for a deployment: it writes a line each time before it does anything else. */
export async function runsOf(host, deployment) {
  return Number(await must(host, `grep -c "deployment=${deployment} " ${RUNS} || true`));
}

/** The newest revision of the schema, by the app's own program. */
export async function schema(host) {
  return await must(host, 'cd /opt/shop && runuser -u shop -- venv/bin/python database.py status');
}

/** Whether /opt/shop is a plain directory or where its link leads. */
export async function layout(host) {
  return await must(host, 'if [ -L /opt/shop ]; then readlink /opt/shop; else echo a plain directory; fi');
}

/** Looks until there is something, a minute at most. */
export async function until(what, look) {
  const end = Date.now() + LIMIT_MS;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within a minute: ${what}`);
}

async function must(host, command) {
  const { code, stdout, stderr } = await host.run(command);
  if (code !== 0) throw new Error(`${command}: exit ${code}: ${stderr.trim()}`);
  return stdout.trim();
}
