import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { bodyOf, closedPort, http, json } from './support/servers';
import { FAIL, PASS, take, UNKNOWN } from './support/take';

/** An app with a login, an order in a payment provider's mode, an upload, and what undoes them; `journal`: what it was asked. */
async function app(how: { mode?: string; orders?: number; deletes?: number } = {}): Promise<{ port: number; journal: string[]; left: Set<string> }> {
  const journal: string[] = [];
  const left = new Set<string>();
  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    const body = (await bodyOf(request)).toString('latin1');
    const what = `${request.method} ${request.url}`;
    journal.push(what);
    if (what === 'POST /login/') return JSON.stringify(JSON.parse(body)) === '{"email":"test@example.com","password":"hunter2-canary"}' ? [200, { access: 'token-0123456789' }] : [401, {}];
    if (request.headers.authorization !== 'Bearer token-0123456789') return [401, { sent: request.headers.authorization }];
    if (what === 'GET /payments/') return [200, { key_id: how.mode ?? 'rzp_test_x' }];
    if (what === 'POST /orders/') return (left.add('order'), [how.orders ?? 201, { id: 'order/7', receipt: request.headers.authorization }]);
    if (what === 'POST /documents/') return (left.add('document'), [201, { id: 42, size: body.length }]);
    if (what === 'DELETE /documents/42/' || what === 'POST /orders/order%2F7/cancel/') return how.deletes === undefined ? (left.delete(request.method === 'DELETE' ? 'document' : 'order'), [204, null]) : [how.deletes, {}];
    return [404, {}];
  };
  const port = await http((request, response) => void answer(request).then(([status, said]) => json(response, said, status)));
  return { port, journal, left };
}

const bearer = { headers: { Authorization: 'Bearer {access}' }, within_ms: 3000 };
const login = { path: '/login/', send: { json: { email: 'test@example.com', password: { secret: 'TEST_PASSWORD' } } }, within_ms: 3000, capture: { access: 'access' } };
const upload = { path: '/documents/', send: { form: { title: 'Test' }, file: { field: 'file', name: 'a.pdf', type: 'application/pdf', size: 100 } }, status: 201, capture: { document: 'id' }, ...bearer };
const order = { path: '/orders/', send: { json: { plan_id: 1, amount: 999 } }, status: 201, capture: { order: 'id' }, ...bearer };
const cleanup = [{ path: '/documents/{document}/', method: 'DELETE', status: 204, ...bearer }, { path: '/orders/{order}/cancel/', method: 'POST', status: 204, ...bearer }];
const secrets = { TEST_PASSWORD: 'hunter2-canary' };
const scenario = (port: number, steps: object[], more: object = {}): object => ({ kind: 'scenario', name: 'user', url: `http://probe.test:${port}`, connect: `127.0.0.1:${port}`, steps, cleanup, ...more });

test('a login gives a token that the calls after it use, and nothing stays behind [VF-26, VF-27, VF-33, A-39]', async () => {
  const { port, journal, left } = await app();
  const found = await take(scenario(port, [login, { path: '/payments/', ...bearer }, upload, order]), secrets);
  expect(found).toMatchObject({ ...PASS, value: { steps: 4 } });
  expect(journal).toEqual(['POST /login/', 'GET /payments/', 'POST /documents/', 'POST /orders/', 'DELETE /documents/42/', 'POST /orders/order%2F7/cancel/']);
  expect(left.size).toBe(0);
  expect(found.printed).not.toMatch(/canary|token-0123/);
});

test('the clean-up runs after a step that failed, for what was made until then and nothing else [A-39]', async () => {
  const { port, journal, left } = await app();
  const found = await take(scenario(port, [login, upload, { path: '/nowhere/', ...bearer }, order]), secrets);
  expect(found).toMatchObject({ ...FAIL, why: 'GET /nowhere/: status 404 instead of 200' });
  expect(journal.slice(-2)).toEqual(['GET /nowhere/', 'DELETE /documents/42/']);
  expect(left.size).toBe(0);
});

test('what could not be cleaned up is a failure, even where all steps passed, and the rest is still cleaned up [A-39]', async () => {
  const { port, journal } = await app({ deletes: 500 });
  expect(await take(scenario(port, [login, upload, order]), secrets)).toMatchObject({
    ...FAIL, why: 'the clean-up failed: DELETE /documents/{document}/: status 500 instead of 204; POST /orders/{order}/cancel/: status 500 instead of 204',
  });
  expect(journal).toHaveLength(5);
});

test('an order is made only when the provider says that its key is one for tests: else nothing is sent, and that is no pass [A-39, VF-32]', async () => {
  const steps = [login, { path: '/payments/', capture: { key: 'key_id' }, ...bearer }, { ...order, test_mode: '{key}' }];
  const live = await app({ mode: 'rzp_live_x' });
  expect(await take(scenario(live.port, steps), secrets)).toMatchObject({ ...UNKNOWN, why: 'POST /orders/: not run: it would not be in test mode' });
  expect(live.journal).not.toContain('POST /orders/');
  const inTest = await app();
  expect(await take(scenario(inTest.port, steps), secrets)).toMatchObject(PASS);
  expect(inTest.journal).toContain('POST /orders/');
  const none = await app({ mode: '' });
  expect(await take(scenario(none.port, steps), secrets)).toMatchObject(UNKNOWN);
});

test('a refused login, an answer without the value, and an app that is gone are told apart', async () => {
  const { port } = await app();
  expect(await take(scenario(port, [login, upload]), { TEST_PASSWORD: 'wrong' })).toMatchObject({ ...FAIL, why: 'POST /login/: status 401 instead of 200' });
  expect(await take(scenario(port, [{ ...login, capture: { access: 'token' } }]), secrets)).toMatchObject({ ...FAIL, why: 'POST /login/: the answer has no token' });
  expect(await take(scenario(await closedPort(), [login]), secrets)).toMatchObject(UNKNOWN);
});

test('a token that the app sends back is not in the reason [SE-01]', async () => {
  const { port } = await app();
  const found = await take(scenario(port, [login, { ...order, json: { receipt: 'x' } }]), secrets);
  expect(found.why).toBe("POST /orders/: receipt is 'Bearer {access}' instead of 'x'");
});
