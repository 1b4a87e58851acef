import type { Settings } from '../config/schema';
import { bytes, percent } from '../config/units';
import { satisfies } from '../config/versions';
import type { Facts, HostFacts } from '../facts/facts';
import { running } from './preflight-running';
import { maintenanceVhost } from './vhost';

/** Every reason not to begin, each a sentence that names the host and what to do. Empty: go. Pure, so that it is tested without a host. */
export function preflight(settings: Settings, tag: string, facts: Facts): string[] {
  const problems = Object.entries(facts).flatMap(([host, f], n) => [...judge(settings, tag, f), ...running(settings, f, n === 0)].map((sentence) => `${host}: ${sentence}`));
  const commits = new Set(Object.values(facts).map((f) => f.release.commit));
  if (commits.size > 1) problems.push(`the hosts see different commits behind ${tag}: ${[...commits].join(', ')}`);
  return problems;
}

function judge(s: Settings, tag: string, f: HostFacts): string[] {
  return [...machine(s, f), ...versions(s, f), ...release(s, tag, f), ...site(s, f), ...live(s, f)];
}

function machine(s: Settings, f: HostFacts): string[] {
  const { disk_free, memory_free, load_per_cpu } = s.thresholds;
  const full = Object.entries(f.disk).filter(([, disk]) => disk.percent < percent(disk_free));
  return [
    ...full.map(([path, disk]) => `only ${disk.percent} % of the disk under ${path} is free, ${disk_free} is needed; make room or lower thresholds.disk_free`),
    ...(f.memoryAvailable < bytes(memory_free) ? [`only ${Math.floor(f.memoryAvailable / 2 ** 20)} MB of memory is available, ${memory_free} is needed`] : []),
    ...(f.load / f.cpus > load_per_cpu ? [`the load is ${f.load.toFixed(1)} on ${f.cpus} CPUs, more than ${load_per_cpu} each; wait or raise thresholds.load_per_cpu`] : []),
    ...f.tools.map((tool) => `${tool} is not installed; install it`),
    ...(f.owner ? [] : [`the user ${s.owner.user} or the group ${s.owner.group} does not exist; create it or correct owner`]),
  ];
}

function versions(s: Settings, f: HostFacts): string[] {
  const wanted = { ...s.versions, python: s.versions.python ?? s.python.version };
  return Object.entries(wanted).flatMap(([program, requirement]) => {
    if (requirement === undefined) return [];
    const found = f.versions[program];
    // A brownfield may have no environment yet; the release brings its own.
    if (found === null || found === undefined) return program === 'gunicorn' ? [] : [`the version of ${program} could not be read; ${requirement} is needed`];
    return satisfies(found, requirement) ? [] : [`${program} is ${found}, ${requirement} is needed`];
  });
}

function release(s: Settings, tag: string, f: HostFacts): string[] {
  if (f.release.problem) return [`the repository ${s.repository} cannot be read: ${f.release.problem}`];
  return f.release.commit ? [] : [`there is no tag ${tag} in ${s.repository}; push it first (git push origin ${tag})`];
}

function site(s: Settings, f: HostFacts): string[] {
  const { nginx } = f;
  const enabled = `${s.nginx.enabled_dir}/${s.nginx.site}`;
  return [
    ...(nginx.active ? [] : ['nginx is not running; start it first']),
    ...(nginx.testOk ? [] : [`nginx -t already refuses the configuration as it is (${nginx.test}); mend it first`]),
    ...(nginx.enabled.kind === 'link' || nginx.enabled.kind === 'missing' ? [] : [`${enabled} is a ${nginx.enabled.kind} and not a link: move it to ${s.nginx.available_dir}/${s.nginx.site} and link it`]),
    ...(nginx.vhost === null ? [`${s.nginx.available_dir}/${s.nginx.site} does not exist; install the site once by hand`] : []),
    ...(nginx.vhost === null || canBeClosed(nginx.vhost) ? [] : [`${s.nginx.available_dir}/${s.nginx.site} has no server block with a listen line, so no maintenance page can be served for it; write one`]),
    ...nginx.others.filter((other) => other.kind !== 'link').map((other) => `${other.path} is a ${other.kind} and not a link; make it one or take it out of nginx.disable_sites`),
    ...f.certificates.flatMap((c) => {
      if (c.days === null) return [`the certificate ${c.path} cannot be read: ${c.problem ?? ''}`];
      return [
        ...(c.days < s.thresholds.certificate_days ? [`the certificate ${c.path} is valid for ${c.days} more days, ${s.thresholds.certificate_days} are needed; renew it`] : []),
        ...(c.matches ? [] : [`the certificate ${c.path} is not for ${new URL(s.url).hostname}`]),
      ];
    }),
    ...f.listening.map((port) => `the port ${port} for the local way in is taken; choose another in nginx.local_port or local_http_port`),
  ];
}

function canBeClosed(vhost: string): boolean {
  try {
    return maintenanceVhost(vhost, { title: '', message: '', retryAfter: 0 }) !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function live(s: Settings, f: HostFacts): string[] {
  // Made into a release, the plain directory moves: what a link in it says must stay true, and outlive releases.
  const adrift = f.app.kind === 'directory' ? Object.entries(f.sharedLinks).filter(([, target]) => !target.startsWith('/') || target.startsWith(`${s.paths.app}/`)) : [];
  return [
    ...(f.app.kind === 'missing' || f.app.kind === 'file' ? [`${s.paths.app} is ${f.app.kind === 'file' ? 'a file' : 'missing'}; install the app there once, or correct paths.app`] : []),
    ...(!f.left && f.app.kind === 'link' && !f.app.target?.startsWith(`${s.paths.releases}/releases/`) ? [`${s.paths.app} points at ${f.app.target}, which no deployment made; was it changed by hand?`] : []),
    ...adrift.map(([path, target]) => `${s.paths.app}/${path} is a link to ${target}, which the first deployment would break; let it lead to an absolute path outside ${s.paths.app}, or put the files there`),
    ...(f.dirty.length > 0 ? [`${s.paths.app} has changes that are not committed (${f.dirty.slice(0, 3).join('; ')}); commit them or put them back`] : []),
    ...(f.env && !f.env.file ? [`${s.env.file} is missing in ${s.paths.app}`] : []),
    ...(f.env && f.env.missing.length > 0 ? [`${s.env.file} lacks ${f.env.missing.join(', ')}`] : []),
    ...(f.env && f.env.wrong.length > 0 ? [`${s.env.file} has another value than configured for ${f.env.wrong.join(', ')}`] : []),
    ...f.units.filter((unit) => unit.fragment && unit.fragment !== unit.path).map((unit) => `${unit.name} comes from ${unit.fragment}; only units in /etc/systemd/system can be deployed`),
    ...(f.database && f.database.kind !== 'file' && f.database.kind !== 'link' ? [`the database ${s.database?.file} is ${f.database.kind}: a schema change without a backup is refused`] : []),
  ];
}
