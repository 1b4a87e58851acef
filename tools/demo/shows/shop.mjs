// What is shown of the shop: SQLite, Gunicorn under systemd.
import { load } from '../../lib/typescript.mjs';
import { firstStack } from '../../prepare.mjs';
import { failing } from '../acts/failures.mjs';
import { additive, first } from '../acts/forward.mjs';
import { kill } from '../acts/kill.mjs';
import { again, schemaAhead } from '../acts/rollback.mjs';
import { signal } from '../acts/signal.mjs';
import { putScript } from '../serving-state.mjs';

const SLOW = 'v1.5.7-slow-migration';

const answers500 = failing('v1.5.0-answers-500', {
  title: 'A release that answers 500 goes back by itself',
  short: 'release answers 500',
  why: 'Its process starts and stays up, even /health/ looks well, but every page is an error. That is found while users still get the maintenance page: nobody sees a 500.',
  live: 'v1.2.0',
});

const halfMigration = failing('v1.5.2-migration-fails-halfway', {
  title: 'A migration that fails half way goes back',
  short: 'migration fails midway',
  why: 'Two of its statements are committed, the third fails: the schema is neither the old one nor the new one. The dump from just before brings back rows and schema exactly.',
  live: 'v1.2.0',
});

export const shop = {
  app: 'shop',
  site: 'shop.test',
  /** What follows `npm run demo --` to see this. */
  words: [],
  parts: firstStack.filter((part) => !['chromium', 'mail'].includes(part)),
  raising: ['raising a host with the shop (the first time 20 s longer)', 2],
  raise: () => load('testbed/shop.ts').raiseShop({ name: 'web-1' }),
  config: 'sternway.yml',
  /** How long a check is repeated until it passes: a release that lies is believed that long. */
  patience: '5s',
  /** How often a second users ask for the page. */
  asked: 10,
  adapt: () => undefined,
  digest: putScript,
  directory: '/opt/shop',
  /** The newest revision of the schema, by the app's own program. */
  schema: 'cd /opt/shop && runuser -u shop -- venv/bin/python database.py status',
  hold: '/run/shop/hold-migration',
  migrates: 'database.py upgrade',
  /** A line for each time that the program that migrates has begun, written before it does anything else. */
  runs: '/var/log/shop/upgrade-runs.log',
  acts: [first('v1.1.0'), additive('v1.2.0'), answers500, halfMigration, signal(SLOW, 'v1.2.0'), kill(SLOW), schemaAhead('prices look wrong', 'v1.2.0'), again(SLOW, 'v1.2.0')],
};
