import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical';

/** SHA-256 in hex: the same for the same settings, whatever the order of their keys. */
export function hashSettings(settings: unknown): string {
  return createHash('sha256').update(canonicalJson(settings)).digest('hex');
}
