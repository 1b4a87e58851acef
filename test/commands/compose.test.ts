// Commands of Docker Compose with a docker of the test's own: what they ask of it, and what they make of its answers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pruneImages, stopServices } from '../../src/commands/compose';
import { run, temporary } from './support/run';

const services = [{ name: 'web' }, { name: 'celery', image_of: 'web' }];

/** A folder with a docker that is this script. */
function dockerOf(script: string): string[] {
  const folder = temporary();
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return [folder];
}

/** `images`: what there is; `busy`: which of them a container uses. */
function docker(images: readonly string[], busy: readonly string[]): string[] {
  return dockerOf(`case "$1 $2" in
'image ls') for image in ${images.join(' ')}; do case "$image" in "$5":*) echo "$image" ;; esac; done ;;
'image rm') case ' ${busy.join(' ')} ' in *" $3 "*) echo 'conflict: image is being used' >&2; exit 1 ;; esac ;;
esac`);
}

test("images of releases that are gone go too: not another project's of a longer name, and one that is in use is kept, without a failure", () => {
  const releases = join(temporary(), 'releases');
  mkdirSync(join(releases, 'd3'), { recursive: true });
  const path = docker(['sternway/notes-web:d3', 'sternway/notes-web:d2', 'sternway/notes-web:d1', 'sternway/notes-staging-web:d1', 'sternway/notes-web-admin:d1'], ['sternway/notes-web:d1']);
  const answer = run(pruneImages('notes', services, releases), { path });
  expect([answer.code, answer.stdout]).toEqual([0, 'removed image sternway/notes-web:d2\nkept image sternway/notes-web:d1: it is still in use\n']);
});

test('a container that had to be killed is named: what it was working at may be lost [A-48]', () => {
  const path = dockerOf(`case "$*" in
ps*service=web*) [ -e "$0.w1" ] || echo w1 ;;
ps*service=celery*) [ -e "$0.c1" ] || echo c1 ;;
stop*w1) touch "$0.w1" ;;
stop*c1) touch "$0.c1" ;;
inspect*c1) echo 137 ;;
inspect*w1) echo 0 ;;
esac`);
  const answer = run(stopServices('notes', services, 60), { path });
  expect([answer.code, answer.stdout]).toEqual([0, 'celery did not end within 60 s and was killed: what it was working at may be lost\n']);
});
