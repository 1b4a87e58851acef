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

type Serving = Runner & { readonly cwd: string };

/** `manage.py` in the running container of a release whose compose files these are. */
function inContainer(s: Settings, { argv, cwd }: ComposeWay): Serving | null {
  if (!s.django) return null;
  const at = s.django.project ? ['--workdir', s.django.project] : [];
  return { argv: [...argv, 'exec', '-T', ...at, mainService(s), 'python', 'manage.py'], cwd };
}

/** `manage.py` of the release that serves: in its running container, or as for any other command. */
export function servingRunner(s: Settings, release: string): Serving | null {
  const way = composeWay(s, release);
  if (way) return inContainer(s, way);
  const runner = runtimeOf(s).once({ release } as HostPlan);
  return runner && { ...runner, cwd: runner.cwd ?? release };
}

export function composeWay(s: Settings, release: string): ComposeWay | null {
  return s.strategy === 'compose' ? { argv: words(filesOf(composeOf(s), release, true)), cwd: release } : null;
}

/** `manage.py` of the release that is live before a deployment, which may be a brownfield's. */
export function liveRunner(s: Settings, facts: HostFacts): { runner: Serving | null; compose: ComposeWay | null } {
  const { app } = s.paths;
  if (s.strategy === 'compose') {
    const live = facts.app.target ?? app;
    const compose = { argv: words(filesOf(composeOf(s), live, facts.revision !== null)), cwd: live };
    return { runner: inContainer(s, compose), compose };
  }
  return { runner: servingRunner(s, app), compose: null };
}
