import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { disable, enable, enableAgain, localWayIn, reopen, serveMaintenance, testBeside, type Site } from '../../src/commands/nginx';
import { sh, type RemoteCommand } from '../../src/commands/remote-command';
import { deaths } from './support/faults';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, run, temporary, tool, type Answer } from './support/run';
import { tree } from './support/tree';

const SITE: Site = {
  enabled: '/etc/nginx/sites-enabled/shop', available: '/etc/nginx/sites-available/shop', maintenance: '/etc/nginx/sites-available/shop.maintenance', was: '../sites-available/shop',
};
const NASTY: Site = { enabled: "/e's/$(id)", available: '/a/x y', maintenance: '/a/-m', was: '-was "x"' };

/** What follows every change of the configuration: the test, the way back where it fails, the reload that is waited for. */
const tested = (putBack: string): string => String.raw`if ! said=$(nginx -t -q 2>&1); then
  ${putBack}
  printf '%s\n' "$said" >&2
  printf '%s\n' "$said" | grep -F '[emerg]' >&2 || true
  exit 1
fi
master=$(cat /run/nginx.pid)
old=" $(pgrep -d " " -P "$master" || true) "
systemctl reload nginx
fresh() { for pid in $(pgrep -P "$master"); do case "$old" in *" $pid "*) ;; *) return 0 ;; esac; done; return 1; }
tries=0
until fresh; do tries=$((tries + 1)); [ $tries -lt 200 ] || { echo 'nginx started no new workers after its reload' >&2; exit 1; }; sleep 0.05; done
`;
/** And, before what they need may go, that old workers end. */
const DRAINED = `accepted() { for pid in $old; do kill -0 "$pid" 2>/dev/null && return 0; done; return 1; }
tries=0
while accepted && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
`;
const LOCK = 'set -eu\nexec 8>/run/lock/sternway-nginx.lock\nflock -w 30 8\n';
const PUT_BACK = 'if [ -n "$was" ]; then ln -sfn -- "$was" /etc/nginx/sites-enabled/.shop.sternway; mv -fT /etc/nginx/sites-enabled/.shop.sternway /etc/nginx/sites-enabled/shop; else rm -f /etc/nginx/sites-enabled/shop; fi';
const PUT_BACK_NASTY = String.raw`if [ -n "$was" ]; then ln -sfn -- "$was" '/e'\''s/.$(id).sternway'; mv -fT '/e'\''s/.$(id).sternway' '/e'\''s/$(id)'; else rm -f '/e'\''s/$(id)'; fi`;

test('enabling a site: swap the link, test, put back where the test fails, reload, see new workers [A-11, A-12, NG-04]', () => {
  expect(enable(SITE, SITE.available, [SITE.maintenance]).script).toBe(`${LOCK}was=$(readlink /etc/nginx/sites-enabled/shop || true)
case "$(readlink /etc/nginx/sites-enabled/shop || true)" in
  /etc/nginx/sites-available/shop | /etc/nginx/sites-available/shop.maintenance) ;;
  *) printf '%s\\n' "/etc/nginx/sites-enabled/shop is $(readlink /etc/nginx/sites-enabled/shop || echo no link) and not /etc/nginx/sites-available/shop or /etc/nginx/sites-available/shop.maintenance: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/.shop.sternway
mv -fT /etc/nginx/sites-enabled/.shop.sternway /etc/nginx/sites-enabled/shop
${tested(PUT_BACK)}${DRAINED}`);
  expect(enable(NASTY, NASTY.available, [null]).script).toBe(`${LOCK}was=$(readlink '/e'\\''s/$(id)' || true)
case "$(readlink '/e'\\''s/$(id)' || true)" in
  '/a/x y') ;;
  '') [ ! -e '/e'\\''s/$(id)' ] || { echo '/e'\\''s/$(id) is not a link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) printf '%s\\n' "/e's/\\$(id) is $(readlink '/e'\\''s/$(id)' || echo no link) and not /a/x y: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- '/a/x y' '/e'\\''s/.$(id).sternway'
mv -fT '/e'\\''s/.$(id).sternway' '/e'\\''s/$(id)'
${tested(PUT_BACK_NASTY)}${DRAINED}`);
});

test('serving the maintenance page: write it, swap the link and never the content, test, reload [A-12, A-13, NG-07]', () => {
  expect(serveMaintenance(SITE, 'server {\n}\n').script).toBe(`${LOCK}cat > /etc/nginx/sites-available/.shop.maintenance.sternway <<'END'
server {
}
END
mv -fT /etc/nginx/sites-available/.shop.maintenance.sternway /etc/nginx/sites-available/shop.maintenance
was=$(readlink /etc/nginx/sites-enabled/shop || true)
case "$(readlink /etc/nginx/sites-enabled/shop || true)" in
  /etc/nginx/sites-available/shop.maintenance | ../sites-available/shop) ;;
  *) printf '%s\\n' "/etc/nginx/sites-enabled/shop is $(readlink /etc/nginx/sites-enabled/shop || echo no link) and not /etc/nginx/sites-available/shop.maintenance or ../sites-available/shop: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- /etc/nginx/sites-available/shop.maintenance /etc/nginx/sites-enabled/.shop.sternway
mv -fT /etc/nginx/sites-enabled/.shop.sternway /etc/nginx/sites-enabled/shop
${tested(PUT_BACK)}${DRAINED}`);
  expect(serveMaintenance(NASTY, "$(id)\nEND\nit's `id`").script).toBe(`${LOCK}cat > /a/.-m.sternway <<'END_'
$(id)
END
it's \`id\`
END_
mv -fT /a/.-m.sternway /a/-m
was=$(readlink '/e'\\''s/$(id)' || true)
case "$(readlink '/e'\\''s/$(id)' || true)" in
  /a/-m | '-was "x"') ;;
  *) printf '%s\\n' "/e's/\\$(id) is $(readlink '/e'\\''s/$(id)' || echo no link) and not /a/-m or -was \\"x\\": somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- /a/-m '/e'\\''s/.$(id).sternway'
mv -fT '/e'\\''s/.$(id).sternway' '/e'\\''s/$(id)'
${tested(PUT_BACK_NASTY)}${DRAINED}`);
});

test('opening again on the way back: the earlier link letter for letter, no file that was not there [A-06]', () => {
  expect(reopen(SITE, null, '/etc/nginx/sites-enabled/shop.sternway-local').script).toBe(`${LOCK}was=$(readlink /etc/nginx/sites-enabled/shop || true)
rm -f /etc/nginx/sites-enabled/shop.sternway-local
case "$(readlink /etc/nginx/sites-enabled/shop || true)" in
  ../sites-available/shop | /etc/nginx/sites-available/shop.maintenance | /etc/nginx/sites-available/shop) ;;
  *) printf '%s\\n' "/etc/nginx/sites-enabled/shop is $(readlink /etc/nginx/sites-enabled/shop || echo no link) and not ../sites-available/shop or /etc/nginx/sites-available/shop.maintenance or /etc/nginx/sites-available/shop: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- ../sites-available/shop /etc/nginx/sites-enabled/.shop.sternway
mv -fT /etc/nginx/sites-enabled/.shop.sternway /etc/nginx/sites-enabled/shop
${tested(PUT_BACK)}rm -f /etc/nginx/sites-available/shop.maintenance /etc/nginx/sites-available/.shop.maintenance.sternway
`);
  expect(reopen({ ...NASTY, was: null }, '/b b/m', "/l'").script).toBe(`${LOCK}was=$(readlink '/e'\\''s/$(id)' || true)
rm -f '/l'\\'''
rm -f '/e'\\''s/.$(id).sternway'
case "$(readlink '/e'\\''s/$(id)' || true)" in
  /a/-m) rm -f '/e'\\''s/$(id)' ;;
  '') [ ! -e '/e'\\''s/$(id)' ] || { echo '/e'\\''s/$(id) is not our link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) { echo '/e'\\''s/$(id) does not point at /a/-m any more: somebody changed it by hand' >&2; exit 90; } ;;
esac
${tested(PUT_BACK_NASTY)}cp -a '/b b/m' /a/.-m.sternway
mv -fT /a/.-m.sternway /a/-m
`);
});

test('taking other sites out and in again goes by what was found there [NG-03, RX-05]', () => {
  expect(disable([{ path: '/e/default', target: '/a/default' }]).script).toBe(`set -eu
rm -f /e/.default.sternway
case "$(readlink /e/default || true)" in
  /a/default) rm -f /e/default ;;
  '') [ ! -e /e/default ] || { echo '/e/default is not our link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) { echo '/e/default does not point at /a/default any more: somebody changed it by hand' >&2; exit 90; } ;;
esac
`);
  expect(enableAgain([{ path: "/e/it's", target: '-a $(id)' }]).script).toBe(`set -eu
case "$(readlink '/e/it'\\''s' || true)" in
  '-a $(id)') ;;
  '') [ ! -e '/e/it'\\''s' ] || { echo '/e/it'\\''s is not a link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) printf '%s\\n' "/e/it's is $(readlink '/e/it'\\''s' || echo no link) and not -a \\$(id): somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- '-a $(id)' '/e/.it'\\''s.sternway'
mv -fT '/e/.it'\\''s.sternway' '/e/it'\\''s'
`);
});

test('testing a vhost beside the live one: over it, in a mount namespace that nobody else sees', () => {
  expect(testBeside(SITE, '/r/d1/nginx/shop').script).toBe(String.raw`set -eu
unshare --mount sh -eu -c 'mount --bind /r/d1/nginx/shop "$(readlink -f /etc/nginx/sites-enabled/shop)"; if ! said=$(nginx -t -q 2>&1); then printf '\''%s\n'\'' "$said" >&2; printf '\''%s\n'\'' "$said" | grep -F '\''[emerg]'\'' >&2 || true; exit 1; fi'
`);
  expect(testBeside({ ...SITE, was: null }, "/r's/shop").script).toBe(String.raw`set -eu
unshare --mount sh -eu -c 'mount -t tmpfs none /etc/nginx/sites-enabled; cp '\''/r'\''\'\'''\''s/shop'\'' /etc/nginx/sites-enabled/shop; if ! said=$(nginx -t -q 2>&1); then printf '\''%s\n'\'' "$said" >&2; printf '\''%s\n'\'' "$said" | grep -F '\''[emerg]'\'' >&2 || true; exit 1; fi'
`);
});

test('a local way in: the installed vhost on loopback ports, tested, reloaded, and gone when the script ends', () => {
  expect(sh(localWayIn(SITE, '/etc/nginx/sites-enabled/shop.sternway-local', { https: 8443, http: 8480 })).script).toBe(String.raw`set -eu
trap 'flock -w 5 8 2>/dev/null || true; rm -f /etc/nginx/sites-enabled/shop.sternway-local; nginx -t -q 2>/dev/null && systemctl reload nginx' EXIT
trap 'exit 1' TERM INT
exec 8>/run/lock/sternway-nginx.lock
flock -w 30 8
sed -E -e '/^[[:space:]]*listen[[:space:]]+(\[|unix:)/d' -e 's/^([[:space:]]*listen[[:space:]]+)([^;]*[[:space:]])?default_server/\1\2/' -e 's/^([[:space:]]*listen[[:space:]]+)([0-9.*]+:)?[0-9]+([[:space:]][^;]*ssl[^;]*);/\1127.0.0.1:8443\3;/' -e 's/^([[:space:]]*listen[[:space:]]+)([0-9.*]+:)?[0-9]+[[:space:]]*;/\1127.0.0.1:8480;/' /etc/nginx/sites-available/shop > /etc/nginx/sites-enabled/shop.sternway-local
grep -q '127\.0\.0\.1:8443 ' /etc/nginx/sites-enabled/shop.sternway-local || { echo '/etc/nginx/sites-available/shop has no "listen … ssl" line to open a local way in' >&2; exit 1; }
${tested('rm -f /etc/nginx/sites-enabled/shop.sternway-local')}flock -u 8
`);
});

const VHOST = `# listen 80 default_server;
server {
    listen 80 default_server;
    listen [::]:80;
    return 301 https://$host$request_uri;
}
server {
    listen 443 ssl default_server;
    listen *:443 default_server ssl http2;
    listen unix:/run/x.sock;
    server_name shop.test;
}
`;

/**
 * Directories of an nginx, and stand-ins for the programs: `nginx -t` refuses what holds the word BROKEN, a reload makes
 * what is enabled the served configuration and gives nginx a new worker (unless told to hang).
 */
function host(was: string | null = '../available/shop') {
  const folder = temporary();
  const site: Site = { enabled: join(folder, 'enabled/shop'), available: join(folder, 'available/shop'), maintenance: join(folder, 'available/shop.maintenance'), was };
  plant(folder, { 'available/shop': VHOST, 'enabled/other': 'another site', ...(was === null ? {} : { 'enabled/shop': { to: was } }) });
  const fakes = new Fakes(folder)
    .add('nginx', 'for f in $STATE/enabled/*; do if grep -q BROKEN "$f"; then echo "nginx: [warn] beware" >&2; echo "nginx: [emerg] unknown directive BROKEN in $f:1" >&2; echo "nginx: configuration file test failed" >&2; exit 1; fi; done')
    .add('systemctl', 'cat $STATE/enabled/* > $STATE/served\n[ -e $STATE/hangs ] || echo $$ > $STATE/workers')
    .add('pgrep', 'cat $STATE/workers 2>/dev/null')
    .add('cat', '[ "$*" != /run/nginx.pid ] || { echo 4242; exit 0; }\nPATH=${PATH#*fakes:} exec cat "$@"');
  return {
    folder, site, fakes,
    run: (command: RemoteCommand): Answer => run(command, { path: [fakes.bin] }),
    /** What nginx was told to do, without what only looks. */
    told: () => fakes.calls.filter((call) => /^(nginx|systemctl)/.test(call)),
    served: () => (fakes.has('served') ? readFileSync(join(folder, 'served'), 'utf8') : ''),
    config: () => tree(folder).filter((line) => / (available|enabled)\//.test(line)),
  };
}

test('the maintenance page is served, and the way back leaves links and files as they were, each tested before it is loaded [A-06, A-13, NG-07, NG-09, RX-06]', () => {
  for (const was of ['../available/shop', null]) {
    const { site, run, told, served, config } = host(was);
    const before = config();
    expect(run(serveMaintenance(site, 'closed\n')).code).toBe(0);
    expect(readlinkSync(site.enabled)).toBe(site.maintenance);
    expect(readFileSync(site.available, 'utf8')).toBe(VHOST);
    expect(served()).toContain('closed');
    expect(served()).toContain('another site');
    expect(run(reopen(site, null, `${site.enabled}.sternway-local`)).code).toBe(0);
    expect(config()).toEqual(before);
    expect(served()).not.toContain('closed');
    expect(told()).toEqual(['nginx -t -q', 'systemctl reload nginx', 'nginx -t -q', 'systemctl reload nginx']);
  }
});

test('a maintenance file that was there before comes back by its saved copy [A-06]', () => {
  const { folder, site, run, config } = host();
  plant(folder, { 'available/shop.maintenance': 'by hand', 'saved/shop.maintenance': 'by hand' });
  tool('touch', '-r', site.maintenance, join(folder, 'saved/shop.maintenance'));
  const before = config();
  run(serveMaintenance(site, 'closed\n'));
  expect(run(reopen(site, join(folder, 'saved/shop.maintenance'), '/nowhere')).code).toBe(0);
  expect(config()).toEqual(before);
});

test('a configuration that nginx refuses is put back before anybody reloads, and nginx\'s reason is the last line [A-11, A-12, NG-04] [F40]', () => {
  const { site, run, told, served, config } = host();
  const before = config();
  const answer = run(serveMaintenance(site, 'BROKEN\n'));
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`nginx: [emerg] unknown directive BROKEN in ${site.enabled}:1`);
  expect(readlinkSync(site.enabled)).toBe('../available/shop');
  expect(told()).toEqual(['nginx -t -q']);
  expect(served()).toBe('');
  run(reopen(site, null, '/nowhere'));
  expect(config()).toEqual(before);
});

test('where no link was, one that nginx refuses is taken away again', () => {
  const { site, run } = host(null);
  expect(run(serveMaintenance(site, 'BROKEN\n')).code).toBe(1);
  expect(existsSync(site.enabled)).toBe(false);
});

test('the site is opened from the maintenance page only, and closed again by its undo [NG-06, NG-09]', () => {
  const { site, run, served } = host();
  run(serveMaintenance(site, 'closed\n'));
  expect(run(enable(site, site.available, [site.maintenance])).code).toBe(0);
  expect(readlinkSync(site.enabled)).toBe(site.available);
  expect(served()).toContain('server_name shop.test');
  expect(run(enable(site, site.maintenance, [site.available])).code).toBe(0);
  expect(served()).toContain('closed');
});

test('a site that somebody linked elsewhere is drift: nothing is tested or reloaded', () => {
  const { folder, site, run, told } = host();
  rmSync(site.enabled);
  plant(folder, { 'enabled/shop': { to: '../available/by-hand' } });
  for (const command of [serveMaintenance(site, 'closed\n'), enable(site, site.available, [site.maintenance]), reopen(site, null, '/nowhere')]) expect(run(command).code).toBe(90);
  expect(readlinkSync(site.enabled)).toBe('../available/by-hand');
  expect(told()).toEqual([]);
});

test('a reload after which no new worker appears is a failure [A-28] [F40]', () => {
  const { folder, site, fakes } = host();
  plant(folder, { hangs: '', workers: '1\n' });
  fakes.add('sleep');
  const answer = run(serveMaintenance(site, 'closed\n'), { path: [fakes.bin] });
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe('nginx started no new workers after its reload');
});

test('the site counts as closed when the old workers have answered what they had accepted, or after a hundred looks [A-24]', async () => {
  for (const ends of [true, false]) {
    const { folder, site, fakes } = host();
    // Its parent waits for it, as nginx's master does: an ended process that nobody waits for would still be there.
    const master = spawn('sh', ['-c', `sleep 60 & echo $! > ${join(folder, 'workers')}; wait`], { stdio: 'ignore' });
    await vi.waitFor(() => expect(readFileSync(join(folder, 'workers'), 'utf8')).toMatch(/\d\n/));
    const worker = Number(readFileSync(join(folder, 'workers'), 'utf8'));
    fakes.add('sleep', ends ? `echo >> $STATE/looks\n[ "$(wc -l < $STATE/looks)" -lt 3 ] || kill ${worker} || true` : 'echo >> $STATE/looks');
    const { code } = run(serveMaintenance(site, 'closed\n'), { path: [fakes.bin] });
    if (!ends) process.kill(worker);
    await once(master, 'exit');
    expect(code).toBe(0);
    const looks = readFileSync(join(folder, 'looks'), 'utf8').length;
    if (ends) expect(looks).toBeLessThan(100);
    else expect(looks).toBe(100);
    expect(looks).toBeGreaterThanOrEqual(3);
  }
});

test('closing and opening converge wherever either is killed [A-06] [F35]', () => {
  const { folder, site, fakes, config } = host();
  const before = config();
  const killer = deaths(join(folder, 'deaths'), [fakes.bin]);
  const [close, open] = [serveMaintenance(site, 'closed\n'), reopen(site, null, '/nowhere')];
  const changes = killer.count(close);
  expect(changes).toBe(3);
  expect(killer.count(open)).toBe(4);
  expect(config()).toEqual(before);
  for (let n = 0; n <= 3; n++) {
    killer.dieAfter(n, close);
    expect(killer.dieAfter(-1, open).code).toBe(0);
    expect(config()).toEqual(before);
    killer.dieAfter(-1, close);
    killer.dieAfter(n, open);
    expect(killer.dieAfter(-1, open).code).toBe(0);
    expect(config()).toEqual(before);
  }
});

test('other sites go and come back as the links they were; one that is not there any more is no trouble [A-06, NG-03, RX-05]', () => {
  const { folder, run, config } = host();
  plant(folder, { 'enabled/default': { to: '../available/default' } });
  const links = [{ path: join(folder, 'enabled/default'), target: '../available/default' }];
  const before = config();
  for (let n = 0; n < 2; n++) expect(run(disable(links)).code).toBe(0);
  expect(existsSync(join(folder, 'enabled/default'))).toBe(false);
  for (let n = 0; n < 2; n++) expect(run(enableAgain(links)).code).toBe(0);
  expect(config()).toEqual(before);
});

test('a vhost is tested where it will stand, and nobody else sees it there [NG-04]', () => {
  for (const was of ['../available/shop', null]) {
    const { folder, site, run, config, told } = host(was);
    const before = config();
    const candidate = join(folder, "release's/shop");
    plant(folder, { "release's/shop": 'server {}\n' });
    expect(run(testBeside(site, candidate)).code).toBe(0);
    writeFileSync(candidate, 'BROKEN\n');
    const answer = run(testBeside(site, candidate));
    expect(answer.code).toBe(1);
    expect(lastWords(answer)).toContain('[emerg] unknown directive BROKEN');
    expect(config()).toEqual(before);
    expect(told()).toEqual(['nginx -t -q', 'nginx -t -q']);
  }
});

test('the local way in listens on loopback only, at its own ports, and is gone afterwards, after a failure too [A-23]', () => {
  const { folder, site, run, served, told, config } = host();
  const link = `${site.enabled}.sternway-local`;
  const before = config();
  const look = sh([...localWayIn(site, link, { https: 8443, http: 8480 }), `cp ${link} ${folder}/seen`]);
  expect(run(look).code).toBe(0);
  expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe(`# listen 80 default_server;
server {
    listen 127.0.0.1:8480;
    return 301 https://$host$request_uri;
}
server {
    listen 127.0.0.1:8443 ssl ;
    listen 127.0.0.1:8443  ssl http2;
    server_name shop.test;
}
`);
  expect(config()).toEqual(before);
  expect(served()).not.toContain('8443');
  expect(told()).toEqual(['nginx -t -q', 'systemctl reload nginx', 'nginx -t -q', 'systemctl reload nginx']);
  const failing = sh([...localWayIn(site, link, { https: 8443, http: 8480 }), 'echo no >&2', 'exit 3']);
  expect(run(failing)).toMatchObject({ code: 3, stderr: 'no\n' });
  expect(config()).toEqual(before);
});

test('a vhost without TLS gives no local way in, and says so', () => {
  const { site, run, config } = host();
  writeFileSync(site.available, 'server {\n    listen 80;\n}\n');
  const before = config();
  const answer = run(sh(localWayIn(site, `${site.enabled}.sternway-local`, { https: 8443, http: 8480 })));
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`${site.available} has no "listen … ssl" line to open a local way in`);
  expect(config()).toEqual(before);
});

test('an enabled site that is a file and no link is never written through [A-13]', () => {
  const { site, run } = host(null);
  writeFileSync(site.enabled, VHOST);
  expect(run(serveMaintenance(site, 'closed\n')).code).toBe(90);
  expect(lstatSync(site.enabled).isFile()).toBe(true);
  expect(readFileSync(site.enabled, 'utf8')).toBe(VHOST);
  expect(readdirSync(join(site.enabled, '..')).sort()).toEqual(['other', 'shop']);
});
