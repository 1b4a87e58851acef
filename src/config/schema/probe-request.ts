/** Requests that probes make: one alone, one after another with values carried over, and the WebSocket's first. */
import { z } from 'zod';
import { placeholdersIn } from '../placeholders';
import { describe, rule, section } from './field';
import { line, template, variableName } from './text';
import { choice, duration, integer, size } from './values';

/** What may stand in braces in a probe; scenarios add what they captured. */
export const IN_PROBES = ['release', 'version', 'deployment'];
const PATH = /^\/[^\s"'`\\]*$/;
const PATH_META = { expects: 'a path of the site, with a slash first and without spaces', example: '/health/' };

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** `{ secret: NAME }`: where a secret goes. */
export const secretReference = (doc: string) =>
  describe(
    section(doc, { secret: describe(variableName('TEST_PASSWORD'), { doc: 'Name of the secret, one of `secrets`. Its value is known to the worker alone.' }) }),
    { example: '{ secret: TEST_PASSWORD }' },
  );

/** `{ env: NAME }`: a value of the app's own `.env`, which only the host can read. */
const envReference = section('A value of the `.env` of the app.', { env: describe(variableName('TEST_USER_PASSWORD'), { doc: 'Its name there.' }) });

/** A text with values carried over, or a secret. */
const sent = z.union([line({}), z.number(), z.boolean(), secretReference('A secret.'), envReference]);
const sentMeta = { expects: 'a line of text, a number, true, false, { secret: NAME }, or on the host { env: NAME }', example: '{ secret: TEST_PASSWORD }' };

const headerName = describe(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_|~-]+$/), { expects: 'the name of an HTTP header', example: 'Accept' });
const headerValue = describe(z.union([line({}), secretReference('A secret.'), envReference]), { expects: 'a line of text, { secret: NAME }, or on the host { env: NAME }', example: 'Bearer {access}' });
const headers = describe(z.record(headerName, headerValue), { doc: 'Headers that are sent along.', example: '{ Authorization: "Bearer {access}" }' });

/** `a.b`, or several places of one value: `services.database|database`. */
const fieldName = describe(z.string().regex(/^[^.\s|]+(\.[^.\s|]+)*(\|[^.\s|]+(\.[^.\s|]+)*)*$/), {
  expects: 'the name of a JSON field, with a dot before a field of a field and | between places where it may stand',
  example: 'services.database',
});
const fieldPath = describe(z.string().regex(/^[^.\s|]+(\.[^.\s|]+)*$/), { expects: 'the name of a JSON field, with a dot before a field of a field', example: 'order.id' });

const file = section('A file that is made for the request: of random bytes, with the type’s own first bytes where they are known.', {
  field: describe(line({ expects: 'the name of a form field', example: 'file' }), { doc: 'Name of the form field.' }),
  name: describe(line({ expects: 'the name of a file', example: 'test_document.pdf' }), { doc: 'Name of the file.' }),
  type: describe(line({ expects: 'a media type', example: 'application/pdf' }), { doc: 'Its media type.' }).prefault('application/octet-stream'),
  size: describe(size('1B', '16MB'), { doc: 'Its size.' }).prefault('1KB'),
});

const sendFields = section('What the request holds: `json`, or `text`, or `form` and `file`.', {
  json: describe(z.record(z.string(), z.unknown()), {
    doc: 'A JSON body. Texts in it may hold what was captured; `{ secret: NAME }` stands for a secret, on the host `{ env: NAME }` for a value of the `.env` of the app.',
    example: '{ email: test@example.com, password: { secret: TEST_PASSWORD } }',
  }).optional(),
  text: describe(line({ example: 'ping' }), { doc: 'A body of text.' }).optional(),
  form: describe(z.record(z.string().min(1), describe(sent, sentMeta)), { doc: 'Fields of a form. With `file` it is sent as multipart.', example: '{ title: Test }' }).optional(),
  file: file.optional(),
});

const send = rule(sendFields, ['json', 'text', 'form', 'file'], (value, report) => {
  const bodies = [value.json, value.text, value.form ?? value.file].filter((body) => body !== undefined).length;
  if (bodies !== 1) report([], `must have one of json, text, or form and file (got ${bodies === 0 ? 'none' : 'several'})`, 'send: { json: { plan_id: 1 } } is one');
});

/** What an answer is compared with. `textOf`: which placeholders a text may have. */
function answer(textOf: (meta: Parameters<typeof template>[1]) => z.ZodType<string>) {
  const scalar = z.union([textOf({}), z.number(), z.boolean()]);
  const wanted = describe(z.union([textOf({}), z.number(), z.boolean(), z.array(scalar).min(1)]), {
    expects: 'a text, a number, true or false, or a list of those that will do',
    example: 'healthy',
  });
  return {
    status: describe(integer(100, 599, '200'), { doc: 'The HTTP status it must have. Default: 200.' }).optional(),
    json: describe(z.record(fieldName, wanted), {
      doc: 'Fields of the JSON answer and what each must be: one value, or a list of those that will do. A field may have several places: `services.database|database`.',
      example: '{ status: healthy, version: "{release}" }',
    }).optional(),
    contains: describe(textOf({ expects: 'a line of text', example: 'Add to cart' }), { doc: 'Text that the answer must contain.' }).optional(),
  };
}

const withPlaceholders = (meta: Parameters<typeof template>[1]) => template(IN_PROBES, meta);

/** Fields of a probe that is one request. */
export const single = {
  path: describe(
    template(IN_PROBES, PATH_META, (text) => PATH.test(text)),
    { doc: 'Path and query of a request: makes it an HTTP probe.' },
  ).optional(),
  method: describe(choice(METHODS), { doc: 'Its method. Default: GET, with `send` POST.' }).optional(),
  headers: headers.optional(),
  send: send.optional(),
  ...answer(withPlaceholders),
};

const anyPath = describe(z.string().regex(PATH), PATH_META);

/** What a WebSocket is asked; alone, or as a step. */
const socketFields = {
  path: describe(anyPath, { doc: 'Path and query. A token in a query is written to access logs: prefer a header or a subprotocol.' }),
  headers: describe(z.record(headerName, headerValue), { doc: 'Headers of the handshake.', example: '{ Authorization: "Bearer {access}" }' }).optional(),
  subprotocols: describe(z.array(line({ expects: 'a subprotocol', example: 'jwt' })), { doc: 'Subprotocols that are offered; some apps take a token as one.', example: '[jwt, "{access}"]' }).optional(),
  status: describe(integer(101, 599, '101'), { doc: 'The status of the handshake. Another than 101 when it must be refused.' }).prefault(101),
  send: describe(line({ example: ping() }), { doc: 'Text that is sent when it is open.' }).optional(),
  contains: describe(line({ example: 'pong' }), { doc: 'Text that the next message must contain. Without it a ping must be answered.' }).optional(),
};

function ping(): string {
  return '\'{"type": "ping"}\'';
}

export const websocket = section('A WebSocket that must open and answer.', socketFields);

const step = section('A request of a scenario.', {
  path: describe(anyPath, { doc: 'Path and query; may hold what was captured.' }),
  method: describe(choice(METHODS), { doc: 'Its method. Default: GET, with `send` POST.' }).optional(),
  headers: describe(z.record(headerName, headerValue), { doc: 'Headers that are sent along.', example: '{ Authorization: "Bearer {access}" }' }).optional(),
  send: send.optional(),
  ...answer((meta) => line(meta)),
  within: describe(duration('1ms', '5m'), { doc: 'How long the answer may take.' }).prefault('5s'),
  capture: describe(z.record(describe(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/), { expects: 'a name of small letters, digits and _', example: 'access' }), fieldPath), {
    doc: 'Values of the JSON answer that later steps use as `{name}`.',
    example: '{ access: access }',
  }).optional(),
  websocket: describe(z.literal(true), { doc: 'Opens a WebSocket at `path` in place of a request; `send` and `capture` do not go with it.', expects: 'true', example: 'true' }).optional(),
  subprotocols: describe(z.array(line({ expects: 'a subprotocol', example: 'jwt' })), { doc: 'Offered by the WebSocket.', example: '[jwt, "{access}"]' }).optional(),
  test_mode: describe(line({ expects: 'a text that begins with test, sandbox or rzp_test_', example: '"{key_id}"' }), {
    doc: 'What the payment provider’s key or mode is: declared, or captured from an earlier answer. Unless it begins with `test`, `sandbox`, `rzp_test_`, `sk_test_` or `pk_test_`, this step and those after it are not run and the verdict is `unknown`.',
  }).optional(),
});

const scenarioFields = section('Requests one after another, with values carried over and a clean-up that always runs.', {
  steps: describe(z.array(step).min(1), { doc: 'In this order; the first that does not pass ends it.', expects: 'a list of at least one request', example: '[{ path: /api/v1/auth/login/ }]' }),
  cleanup: describe(z.array(step), {
    doc: 'Requests that undo what the steps left: they run whatever became of the steps; one whose values were never captured has nothing to undo and is left out.',
    example: '[{ path: "/api/v1/documents/{document}/", method: DELETE, status: 204 }]',
  }).prefault([]),
});

/** Every text of a step in which a value may stand. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, item]) => (key === 'capture' ? [] : textsOf(item))) : [];
}

export const scenario = rule(scenarioFields, 'all', ({ steps, cleanup }, report) => {
  const known = new Set(IN_PROBES);
  const check = (one: (typeof steps)[number], at: PropertyKey[]): void => {
    const unknown = textsOf(one).flatMap(placeholdersIn).find((name) => !known.has(name));
    if (unknown !== undefined) report(at, `uses {${unknown}}, which no step before it captures`, `known here: ${[...known].map((name) => `{${name}}`).join(', ')}`);
    if (one.websocket && (one.send ?? one.capture ?? one.method)) report(at, 'has a WebSocket with send, capture or method', 'make it a step of its own');
    for (const name of Object.keys(one.capture ?? {})) known.add(name);
  };
  steps.forEach((one, index) => check(one, ['steps', index]));
  cleanup.forEach((one, index) => check(one, ['cleanup', index]));
});
