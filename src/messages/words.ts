/** Small words that all templates share. */
import { oneLine } from '../report/escape';
import type { Span, Subject } from './moments';

/** What one text of a host or a person may take up of a message, in characters. */
const MOST_CHARACTERS = 300;
/** Lines of a list. */
const MOST_LINES = 20;

/** A copy in which every text is on one line, safe to show, and short. Templates work on nothing else, so none can forget it. */
export function cleaned<T>(value: T): T {
  if (typeof value === 'string') return clip(oneLine(value)) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item)])) as T;
}

function clip(text: string): string {
  const letters = [...text];
  return letters.length > MOST_CHARACTERS ? `${letters.slice(0, MOST_CHARACTERS - 3).join('')}...` : text;
}

/** `v2.0.0`, also from the tag `2.0.0`; a tag that is no number stays as it is. */
export function version(release: string): string {
  return /^\d/.test(release) ? `v${release}` : release;
}

/** `Production`, from `production`. */
export function place({ environment }: Pick<Subject, 'environment'>): string {
  return environment.charAt(0).toUpperCase() + environment.slice(1);
}

/** `10 minutes`, `1 minute`, `30 seconds`; from 90 seconds on in whole minutes, rounded up. */
export function inWords(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 90 && whole !== 60) return count(whole, 'second');
  return count(Math.ceil(whole / 60), 'minute');
}

/** `30-45 minutes`, or one length when both are the same. */
export function spanInWords({ least, most }: Span): string {
  const [from, to] = [Math.ceil(least / 60), Math.ceil(most / 60)];
  return most < 90 || from === to ? inWords(most) : `${from}-${to} minutes`;
}

/** The instant so many seconds later, ISO. */
export function later(iso: string, seconds: number): string {
  return new Date(Date.parse(iso) + seconds * 1000).toISOString();
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A title and a line for each item; nothing for an empty list. */
export function list(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST_LINES;
  return [title, ...items.slice(0, MOST_LINES).map((item) => `- ${item}`), ...(rest > 0 ? [`- and ${rest} more`] : [])];
}

/** Paragraphs of lines, an empty line between them; null and empty ones are left out. */
export function text(...paragraphs: (readonly (string | null)[])[]): string {
  const kept = paragraphs.map((lines) => lines.filter((line) => line !== null)).filter((lines) => lines.length > 0);
  return kept.map((lines) => lines.join('\n')).join('\n\n');
}
