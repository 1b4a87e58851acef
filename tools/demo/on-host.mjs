// What the demo does and sees on the host, past Sternway. What that is in each case, the show knows: shows/*.mjs.
const LIMIT_MS = 600_000;

/** The slow migration waits while this file exists, a minute at most: time to do something in the middle. */
export async function hold({ host, show }) {
  await must(host, `touch ${show.hold}`);
}

export async function letGo({ host, show }) {
  await must(host, `rm -f ${show.hold}`);
}

/** The pid of the program that migrates, as the host counts; undefined when none does. */
export async function migrating({ host, show }) {
  return (await host.run(`pgrep -o -f '${show.migrates}'`)).stdout.trim() || undefined;
}

/** How often the program that migrates has begun for a deployment. */
export async function runsOf({ host, show }, deployment) {
  return Number(await must(host, `grep -c "deployment=${deployment} " ${show.runs} || true`));
}

/** Where the schema is, in the app's own words. */
export async function schema({ host, show }) {
  return await must(host, show.schema);
}

/** Whether the app's directory is a plain one or where its link leads. */
export async function layout({ host, show: { directory } }) {
  return await must(host, `if [ -L ${directory} ]; then readlink ${directory}; else echo a plain directory; fi`);
}

/** Looks until there is something, as long as a command may take. */
export async function until(what, look) {
  const end = Date.now() + LIMIT_MS;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${LIMIT_MS / 60_000} minutes: ${what}`);
}

/** @returns {Promise<string>} what the command, run as root, prints */
export async function must(host, command) {
  const { code, stdout, stderr } = await host.run(command);
  if (code !== 0) throw new Error(`${command}: exit ${code}: ${stderr.trim()}`);
  return stdout.trim();
}
