/** When a deployment may start: gates that it waits at before anything is changed. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { formatDuration, milliseconds } from '../units';
import { unique } from './app';
import { describe, rule, section } from './field';
import { absolutePath, line, plainName } from './text';
import { choice, duration, integer } from './values';

const { gates: preset } = DEFAULTS;

/** Monday first, as calendars of ISO 8601 count. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const clock = (pattern: RegExp, expects: string, example: string) => describe(z.string().regex(pattern), { expects, example });

/** A day of the calendar that exists: 2027-02-29 does not. */
const date = () =>
  describe(
    z.string().refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true),
    { expects: 'a date as year-month-day', example: '2026-12-24' },
  );

const zone = () => describe(z.string().refine(isZone), { expects: 'a time zone by its IANA name', example: 'Europe/Berlin' });

/** No `+02:00`, which newer engines take as well: it knows no clock change. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,59}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const avoided = rule(
  section('A period in which the window stays closed.', {
    from: describe(date(), { doc: 'Its first day.' }),
    to: describe(date(), { doc: 'Its last day.' }),
    why: describe(line({ example: 'Christmas sales' }), { doc: 'What is told to who must wait.' }),
  }),
  ['from', 'to'],
  ({ from, to }, report) => {
    // Dates of one spelling sort as text.
    if (to < from) report(['to'], `must not lie before from (got ${to}, from is ${from})`, 'give the last day of the period');
  },
);

const windowFields = section('When a deployment may start. It must end in the window as well, with its verification and a rollback that might be needed.', {
  days: describe(
    z.array(choice(DAYS)).min(1).refine((days) => new Set(days).size === days.length),
    { doc: 'Days on which the window opens.', expects: `a list of different days (${DAYS.join(', ')}), at least one`, example: '[tue, wed, thu]' },
  ),
  from: describe(clock(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time from 00:00 to 23:59', '"02:00"'), { doc: 'When it opens.' }),
  to: describe(clock(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time from 00:00 to 24:00', '"04:00"'), {
    doc: 'When it closes. A time before `from` is one of the next day; the window belongs to the day on which it opens.',
  }),
  zone: describe(zone(), { doc: 'The time zone of all days and times of the window.' }).prefault(preset.window.zone),
  holidays: describe(z.array(date()), { doc: 'Days on which it does not open. A window of the evening before closes at midnight.', example: '[2026-12-25, 2027-01-01]' }).prefault([]),
  avoid: describe(z.array(avoided), { doc: 'The same for periods of high traffic.', example: '[{ from: 2026-12-18, to: 2027-01-03, why: Christmas sales }]' }).prefault([]),
  expected: describe(duration('1s', '1d'), { doc: 'How long a deployment takes.' }).prefault(preset.window.expected),
  verification: describe(duration('0s', '1d'), { doc: 'How long it is then watched.' }).prefault(preset.window.verification),
  reserve: describe(duration('0s', '1d'), { doc: 'What a rollback would take. The latest start is the end of the window less these three.' }).prefault(preset.window.reserve),
  closed: describe(choice(['wait', 'refuse']), { doc: 'What becomes of a deployment that may not start now: it waits until it may, or is refused.' }).prefault(preset.window.closed),
});

const window = rule(windowFields, ['from', 'to', 'expected', 'verification', 'reserve'], ({ from, to, expected, verification, reserve }, report) => {
  if (from === to) {
    report(['to'], `must differ from from (got ${to} twice)`, 'for a whole day write from: "00:00" and to: "24:00"');
    return;
  }
  const length = (minutes(to) - minutes(from) + (to < from ? 24 * 60 : 0)) * 60_000;
  const needed = milliseconds(expected) + milliseconds(verification) + milliseconds(reserve);
  // Told at `to`, which always stands there: the three may all be defaults.
  if (needed > length) {
    const parts = `expected ${expected}, verification ${verification} and reserve ${reserve}`;
    report(['to'], `must leave ${formatDuration(needed)} for ${parts} (got ${to}, ${formatDuration(length)} after from)`, 'widen the window, or shorten one of the three');
  }
});

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

const staging = section('Where a release must have been deployed before.', {
  environment: describe(plainName('staging'), { doc: 'That environment.' }),
  within: describe(duration('1m', '365d'), { doc: 'How long ago that may be.' }).prefault(preset.staging.within),
});

const role = section('A part of those who may approve.', {
  name: describe(plainName('operations'), { doc: 'Its name, as it is told to who must wait.' }),
  people: describe(z.array(describe(z.string().regex(/^[^\s,"*?!\p{Cc}]{1,200}$/u), { expects: 'a principal of the allowed signers', example: 'ada@shop.test' })).min(1), {
    doc: 'Principals of the allowed signers; the approval of any one of them will do.',
    expects: 'a list of at least one principal of the allowed signers',
    example: '[ada@shop.test, grace@shop.test]',
  }),
});

const approvals = rule(
  section('Who must approve the plan. Approvals are signatures over its hash; one rejection refuses it.', {
    needed: describe(integer(1, 20, '2'), { doc: 'How many people must approve.' }).prefault(preset.approvals.needed),
    roles: describe(z.array(role), {
      doc: 'Roles of which each must be represented among them. Who has two roles represents both, and counts as one person.',
      example: '[{ name: operations, people: [ada@shop.test] }]',
    }).prefault([]),
    authors: describe(z.record(line({}), line({ expects: 'a principal of the allowed signers, or who else that is', example: 'ada@shop.test' })), {
      doc: 'Who it is that asks for deployments under such a name (`--by`, or user@host), by principal: nobody approves what is theirs. Of an author who neither stands here nor is a principal one more approval is needed.',
      example: '{ ada@laptop: ada@shop.test, gitlab-ci: nobody }',
    }).prefault({}),
    signers: describe(absolutePath('/etc/sternway/allowed_signers'), {
      doc: "File of those who may approve, as ssh-keygen(1) has it under ALLOWED SIGNERS, on the machine of the worker. The worker takes it from its own copy of sternway.yml, never from a client's.",
    }),
  }),
  ['roles'],
  ({ roles }, report) => {
    unique(roles, (path, ...rest) => report(['roles', ...path], ...rest), 'role');
  },
);

export const gates = section('What a deployment waits for before anything is changed. What is left out is no gate; a rollback waits for none of them. Where environments differ, `overrides` have them.', {
  window: window.optional(),
  notice: describe(duration('1m', '90d'), { doc: 'How long before the start the deployment must have been announced.', example: '24h' }).optional(),
  staging: staging.optional(),
  approvals: approvals.optional(),
});

export type Gates = z.output<typeof gates>;
export type Window = z.output<typeof window>;
