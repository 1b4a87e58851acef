// What the probes read of the release that is live now, tier by tier, as its report tells it.

const WHEN = { 1: 'before users are let in, and as they see it', 2: 'what users do', 3: 'what is measured' };

/** Promises that every configured probe was read in the deployment just made and passed, and none came out otherwise. */
export async function tiers(act) {
  const readings = (await act.events()).filter(({ type, kind }) => type === 'step-ended' && kind === 'check').flatMap(({ output }) => readingsIn(output));
  const verdicts = new Map();
  for (const { name, verdict } of readings) verdicts.set(name, [...(verdicts.get(name) ?? []), verdict]);
  for (const tier of [1, 2, 3]) {
    const names = act.stage.config.probes.filter((probe) => (probe.tier ?? 1) === tier).map(({ name }) => name);
    const wanting = names.filter((name) => !verdicts.get(name)?.every((verdict) => verdict === 'pass'));
    act.promise(names.length > 0 && wanting.length === 0, `tier ${tier}, ${WHEN[tier]}: ${names.length} of ${names.length} pass (${names.join(', ')})`, `tier ${tier}: no pass of ${wanting.join(', ') || 'anything'}`);
  }
}

/** Hosts print a JSON object a reading, the worker `name: verdict`; an output that was cut at its beginning has a torn first line. */
export function readingsIn(output) {
  return output.split('\n').flatMap((line) => {
    const [, name, verdict] = /^([\w-]+): (pass|fail|unknown)\b/.exec(line) ?? [];
    if (name) return [{ name, verdict }];
    try {
      return [JSON.parse(line)].filter((reading) => reading?.name && reading.verdict);
    } catch {
      return [];
    }
  });
}
