import { canonicalJson } from '../config/canonical';
import { hashSettings } from '../config/hash';
import type { Plan } from './plan';

/**
 * sha256 over a plan's intent: release commit, rendered steps and their guards, with the deployment's id left open, so that
 * planning again for the same state of the world gives the same hash.
 */
export function planHash({ deployment, observed: _observations, before: _stood, baseline: _before, notes: _told, releaseNotes: _written, ...intent }: Omit<Plan, 'hash'>): string {
  return hashSettings(canonicalJson(intent).replaceAll(deployment, '{deployment}'));
}
