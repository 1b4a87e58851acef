import type { Settings } from '../config/schema';
import { compose as words, filesOf, type ComposeSettings } from '../commands/compose';
import { composeRunner, djangoMigrations, venvRunner, type Runner } from '../commands/django';
import { commandMigrations } from '../commands/migrations';
import type { Compose as ComposeWay } from '../commands/probe';
import type { Runtime } from './context';
import type { HostFacts } from '../facts/facts';
import type { HostPlan } from './host-plan';

/** Where a release lies on a host. */
type Placed = Pick<HostPlan, 'release'>;

/** The section `compose` of settings whose strategy it is. */
export function composeOf(s: Settings): ComposeSettings {
  if (!s.compose) throw new RangeError('the strategy compose needs the section compose');
  return s.compose;
}

/** The service that one-off commands run in: the first that is built. */
export function mainService(s: Settings): string {
  return composeOf(s).services.find((service) => service.image_of === undefined)?.name ?? '';
}

export function runtimeOf(s: Settings): Runtime {
  const once = (h: Placed): Runner | null => {
    if (!s.django) return null;
    if (s.strategy === 'compose') return composeRunner(words(filesOf(composeOf(s), h.release, true)), h.release, mainService(s), s.django.project);
    return venvRunner(h.release, s.owner.user, s.django.project);
  };
  return {
    once,
    migrations: (h) => {
      const runner = once(h);
      if (runner) return djangoMigrations(runner);
      const { upgrade = [], plan, status, downgrade } = s.database ?? {};
      return commandMigrations({ release: h.release, user: s.owner.user, upgrade, ...(plan ? { plan } : {}), ...(status ? { status } : {}), ...(downgrade ? { downgrade } : {}) });
    },
  };
}

/** `manage.py` of the release that serves: in its running container, or as for any other command. */
export function servingRunner(s: Settings, release: string): Required<Pick<Runner, 'argv' | 'cwd'>> & Pick<Runner, 'user'> | null {
  const runner = runtimeOf(s).once({ release } as HostPlan);
  if (!s.django || !runner) return null;
  if (s.strategy !== 'compose') return { ...runner, cwd: runner.cwd ?? release };
  const at = s.django.project ? ['--workdir', s.django.project] : [];
  return { argv: [...words(filesOf(composeOf(s), release, true)), 'exec', '-T', ...at, mainService(s), 'python', 'manage.py'], cwd: release };
}

export function composeWay(s: Settings, release: string): ComposeWay | null {
  return s.strategy === 'compose' ? { argv: words(filesOf(composeOf(s), release, true)), cwd: release } : null;
}

/** `manage.py` of the release that is live before a deployment, which may be a brownfield's. */
export function liveRunner(s: Settings, facts: HostFacts): { runner: Runner & { cwd: string } | null; compose: ComposeWay | null } {
  const { app } = s.paths;
  const project = s.django?.project;
  if (s.strategy !== 'compose') {
    if (!s.django) return { runner: null, compose: null };
    return { runner: { argv: [`${app}/venv/bin/python`, 'manage.py'], cwd: project ? `${app}/${project}` : app, user: s.owner.user }, compose: null };
  }
  const live = facts.app.target ?? app;
  const argv = words(filesOf(composeOf(s), live, facts.revision !== null));
  const at = project ? ['--workdir', project] : [];
  return { runner: s.django ? { argv: [...argv, 'exec', '-T', ...at, mainService(s), 'python', 'manage.py'], cwd: live } : null, compose: { argv, cwd: live } };
}
