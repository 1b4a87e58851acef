// What an act can do, and what it promises: whatever is not as promised is noted, and the demo ends there.
import { join } from 'node:path';
import { repo } from '../lib/paths.mjs';
import { must } from '../lib/run.mjs';
import { runShown } from './command.mjs';
import { broken, kept, seconds, stateLine, write } from './screen.mjs';

const STERNWAY = join(repo, 'bin', 'sternway');

export class Act {
  /** What was not as promised, a sentence each. */
  broken = [];
  /** Of the way back: `equal`, or a word about what may differ; absent in an act without one. */
  digests;
  took = 0;

  constructor(stage) {
    this.stage = stage;
    stage.users.forget();
  }

  /** Runs `sternway <words>` and promises its exit code. `meanwhile`: see runShown. */
  async sternway(words, exitCode, meanwhile) {
    const { folder, env } = this.stage;
    const { code, seconds: took } = await runShown(['sternway', ...words], [process.execPath, STERNWAY, ...words], { cwd: folder, env, ...(meanwhile && { meanwhile }) });
    this.took += took;
    this.promise(code === exitCode, '', `the command ended with ${code} and not with ${exitCode}`);
  }

  /** What `sternway report` tells of the last deployment, an object an event. Not shown. */
  async events() {
    const { folder, env } = this.stage;
    const told = await must(process.execPath, [STERNWAY, 'report', '--json'], 'The report cannot be had', { cwd: folder, env });
    return told.trim().split('\n').map((line) => JSON.parse(line));
  }

  /** Promises which release users get, by what it says of itself. */
  async serves(release) {
    const answer = await this.stage.users.get('/api/v1/status/');
    const { version, deployment } = JSON.parse(answer);
    this.promise(version === release, `users get ${release}`, `users get ${version} and not ${release}`);
    return { deployment };
  }

  /** Says a thing that holds, or notes that it does not. */
  promise(holds, sentence, otherwise) {
    if (holds && sentence) write(kept(sentence));
    if (holds) return;
    this.broken.push(otherwise);
    write(broken(otherwise));
  }

  /** Promises that the way back led to where it began. `mayDiffer`: sections that a rollback leaves by design. */
  wentBack({ before, middle, after }, mayDiffer = []) {
    const changed = middle.differsFrom(before);
    const left = after.differsFrom(before);
    const asMeant = left.every((name) => mayDiffer.includes(name));
    write(stateLine('before', before.short));
    write(stateLine('middle', middle.short, changed.length > 0 && `differs: ${changed.join(', ')}`));
    write(stateLine('after', after.short, asMeant && (left.length === 0 ? 'equal' : `equal but for ${left.join(', ')}`)));
    this.promise(changed.length > 0, '', 'nothing had changed in the middle');
    this.promise(asMeant, '', `the host is not as it was: ${left.join(', ')}`);
    this.digests = left.length === 0 ? 'equal' : `not ${left.join(', ')}`;
    if (!asMeant) write(after.differences(before).slice(0, 20).map((line) => `    ${line}`));
  }

  /** The last line: the time it took, and what users saw of it. */
  close() {
    const { pages, closedSeconds, errors } = this.stage.users.summary();
    this.closed = closedSeconds;
    this.promise(errors.length === 0, `${seconds(this.took)}; users were asking all the time: ${pages} pages, the maintenance page for ${seconds(closedSeconds)}, no error`, `users got neither a page nor the maintenance page ${errors.length === 1 ? 'once' : `${errors.length} times`} (${[...new Set(errors)].join(', ')})`);
  }
}
