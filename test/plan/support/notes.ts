import { resolve } from 'node:path';
import { loadConfig, resolveEnvironment, splitInventory } from '../../../src/config/load';
import type { Settings } from '../../../src/config/schema';
import type { HostFacts } from '../../../src/facts/facts';
import { makePlan } from '../../../src/plan/make-plan';
import type { Plan, Step } from '../../../src/plan/plan';
import { AIM, brownfield, OUTSIDE } from './shop';

const EXAMPLE = resolve(__dirname, '../../../examples/notes');

/** The second example's own sternway.yml, as a deployment gets it. */
export function notesSettings(strategy: 'systemd' | 'compose', change: (settings: Settings) => Settings = (settings) => settings): Settings {
  const file = strategy === 'compose' ? 'sternway-compose.yml' : 'sternway.yml';
  return change(splitInventory(resolveEnvironment(loadConfig(`${EXAMPLE}/${file}`), 'production')).settings);
}

const service = (image: string) => ({ running: true, image: `sha256:${image}`, name: image, named: `sha256:${image}`, health: null, containers: 1, grace: null, files: [] });

export function notesFacts(strategy: 'systemd' | 'compose', over: Partial<HostFacts> = {}): HostFacts {
  const unit = (name: string) => ({ name, path: `/etc/systemd/system/${name}`, sha256: 'a'.repeat(64), active: true, state: 'active', enabled: 'enabled', dropIns: [], fragment: `/etc/systemd/system/${name}` });
  return brownfield({
    shared: { '.env': true }, database: null,
    units: strategy === 'systemd' ? ['notes-web.service', 'notes-celery.service', 'notes-beat.service'].map(unit) : [],
    containers: strategy === 'compose' ? { problem: null, exposed: [], services: { web: service('old'), celery: service('old'), beat: service('old'), db: service('data'), redis: service('data') } } : null,
    ...over,
  });
}

export function notesPlan(strategy: 'systemd' | 'compose', { settings = notesSettings(strategy), facts = notesFacts(strategy) }: { settings?: Settings; facts?: HostFacts } = {}): Plan {
  return makePlan(settings, AIM, { 'web-1': facts }, OUTSIDE);
}

export const stepOf = (plan: Plan, title: string): Step => {
  const found = plan.steps.find((one) => one.title === title);
  if (!found) throw new Error(`no step ${title} among ${plan.steps.map((one) => one.title).join(', ')}`);
  return found;
};
export const runOf = (plan: Plan, title: string): string => stepOf(plan, title).tasks['web-1']?.run?.script ?? '';
export const undoOf = (plan: Plan, title: string): string => stepOf(plan, title).tasks['web-1']?.undo?.script ?? '';
