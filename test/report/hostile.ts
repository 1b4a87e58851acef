import fc from 'fast-check';
import type { Given } from '../../src/report/document/given';
import type { Event } from '../../src/events/events';
import { hostile } from '../cli/support/hostile';
import { at } from './runs';
import { Story } from './story';

const MARKUP = [
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='alert(1)", '</title><script>', '</style><script>', '</svg><b>', ']]>', '<!--', '-->', '<?xml', '&lt;b&gt;', '&#x41;', '&', 'javascript:alert(1)',
  '</pre><h1>DEPLOYED</h1>', '<![CDATA[', '\ufffe\uffff', '# heading', '](https://evil.test)', '![x](https://evil.test/x.png)', '```', '~~~~', '| a | b |', '\n\n## DEPLOYED\n', '\n---\n', '<https://evil.test>', 'https://evil.test', 'www.evil.test', '- [x] done', '1. one', '\\', '***', '$x$',
];

/** What a hostile host, app or person might say: attacks on terminals, HTML, SVG and Markdown among ordinary words. */
export const texts = fc.array(fc.oneof(fc.constantFrom(...MARKUP), hostile), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '));

/** A run and all that is given to its report with this text wherever a text may stand. */
export function everywhere(text: string): { events: Event[]; given: Given } {
  const step = { id: text, title: text, phase: text, kind: 'change', hosts: [text] } as const;
  const story = new Story('deploy', { by: text, reason: text, release: text });
  const releaseNotes = { changes: [text], for_users: [text], known: [text] };
  story.plan([step], { releaseNotes, release: text, commit: text, previous: text, hosts: [text], hash: text, notes: [text], adopted: [text], deployment: text });
  story.step(step, 1, false, { [text]: { sentence: text, output: `${text}\n${text}` } }).add({ type: 'turned-back', cause: 'signal', sentence: text });
  story.step(step, 1, true, { [text]: { sentence: text, output: text } }).add({ type: 'hold', task: text, title: text, host: text, sentence: text }).wait(5);
  story.add({ type: 'decided', task: text, answer: text, by: text, reason: text });
  story.ended({ outcome: 'incomplete', status: 'failed', sentence: text, skipped: [text], schemaAhead: [text], deployment: text, release: text });
  return {
    events: story.events,
    given: {
      contacts: [{ role: text, name: text, reach: text }],
      checklist: [{ item: 1, state: 'done', why: text }],
      decisions: [{ at: at(1), who: text, what: text, why: text }],
      failedRequests: { count: 1, total: 2, source: text },
      series: [{ name: text, unit: text, baseline: 1, thresholds: [{ name: text, value: 1, bad: 'above' }], samples: [{ at: at(0), value: 1 }, { at: text, value: 2 }, { at: at(9), value: 3 }] }],
    },
  };
}

