// Which stack is shown, by which strategy.
import { notes } from './shows/notes.mjs';
import { shop } from './shows/shop.mjs';

export function showOf({ stack, strategy }) {
  return stack === 'django' ? notes(strategy) : shop;
}
