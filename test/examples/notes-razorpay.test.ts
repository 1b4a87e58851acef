import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const STUB = resolve(__dirname, '../../examples/notes/razorpay_stub.py');

let stub: ChildProcess;
let url: string;
beforeAll(async () => {
  stub = spawn('python3', [STUB, '--key-id', 'rzp_test_1'], { env: { ...process.env, RAZORPAY_KEY_SECRET: 'secret' }, stdio: ['ignore', 'pipe', 'inherit'] });
  if (!stub.stdout) throw new Error('no output of the stub');
  const [said] = (await once(stub.stdout, 'data')) as [Buffer];
  url = `http://${said.toString().trim().replace('listening on ', '')}/v1/orders`;
});
afterAll(async () => {
  stub.kill();
  await once(stub, 'exit');
});

const ask = (path: string, body?: string, key = 'rzp_test_1:secret'): Promise<Response> =>
  fetch(url + path, { headers: { Authorization: `Basic ${Buffer.from(key).toString('base64')}` }, ...(body !== undefined && { method: 'POST', body }) });

test('an order is made as Razorpay describes it, and can be asked for by its id', async () => {
  const made = await ask('', JSON.stringify({ amount: 99_900, currency: 'INR', receipt: 'r-1' }));
  expect(made.status).toBe(200);
  const order = (await made.json()) as { id: string };
  expect(order).toMatchObject({ entity: 'order', amount: 99_900, amount_paid: 0, amount_due: 99_900, currency: 'INR', receipt: 'r-1', status: 'created', attempts: 0 });
  expect(order.id).toMatch(/^order_\w{14}$/);
  expect(await (await ask(`/${order.id}`)).json()).toEqual(order);
});

test('a wrong key is refused, on the way to make an order and to see one', async () => {
  for (const key of ['rzp_test_1:wrong', 'rzp_test_2:secret', '']) {
    expect((await ask('', '{"amount": 100, "currency": "INR"}', key)).status).toBe(401);
    expect((await ask('/order_1', undefined, key)).status).toBe(401);
  }
});

test.each(['{"amount": 99, "currency": "INR"}', '{"amount": 99.5, "currency": "INR"}', '{"amount": 100}', '[]', 'not JSON'])('the order %s is refused with an error that says why', async (body) => {
  const answer = await ask('', body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { code: 'BAD_REQUEST_ERROR', description: expect.stringMatching(/\w/) as string } });
});

test('an order that nobody made is not there', async () => {
  expect((await ask('/order_00000000000000')).status).toBe(400);
});
