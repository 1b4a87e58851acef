import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { raiseShop, type ShopHost } from '../../testbed/shop';

// Programs, servers and a host start here, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 240_000 });

let shop: ShopHost;
beforeAll(async () => {
  shop = await raiseShop();
}, 300_000);
afterAll(async () => {
  await shop.remove();
});

async function output(command: string): Promise<string> {
  const result = await shop.host.run(command);
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code ?? 'a signal'}: ${result.stderr}`);
  return result.stdout.trim();
}

/** Asks from outside, and verifies the certificate for shop.test. */
function get(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: shop.host.address, servername: 'shop.test', path, headers: { host: 'shop.test' }, ca: readFileSync(shop.caPath) };
    request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('the brownfield', () => {
  test('is a plain directory with a clean checkout of v1.0.0 and no trace of releases', async () => {
    expect(await output('stat -c "%F %U" /opt/shop')).toBe('directory shop');
    expect(await output('ls -d /opt/*')).toBe('/opt/shop');
    const git = 'runuser -u shop -- git -C /opt/shop';
    expect(await output(`${git} describe --tags`)).toBe('v1.0.0');
    expect(await output(`${git} status --porcelain`)).toBe('');
  });

  test('has settings, rows, uploaded files, a drop-in and a key of its own, each with the mode it needs', async () => {
    expect(await output('cd /opt/shop; stat -c "%a %U %n" .env data media /etc/ssl/shop/server.key')).toBe(
      '640 shop .env\n750 shop data\n755 shop media\n600 root /etc/ssl/shop/server.key',
    );
    expect(await output('ls /opt/shop/media')).toBe('cup.txt\nprices.txt');
    expect(await output('sqlite3 /opt/shop/data/shop.sqlite3 "SELECT count(*) FROM items"')).toBe('3');
    expect(await output('systemctl show -P LimitNOFILE shop')).toBe('8192');
    expect(await output('ls /etc/nginx/sites-enabled')).toBe('shop');
  });

  test('answers over TLS that a client can verify, with page, static files, uploaded files and status', async () => {
    expect((await get('/')).body).toContain('Assam tea');
    expect((await get('/static/style.css')).body).toContain('font:');
    expect((await get('/media/cup.txt')).body).toBe('A photograph of a cup.\n');
    expect(JSON.parse((await get('/api/v1/status/')).body)).toMatchObject({ version: 'v1.0.0', pid: Number(await output('systemctl show -P MainPID shop')) });
    expect((await get('/health/')).status).toBe(200);
  });

  test('sends plain HTTP to TLS', async () => {
    expect(await output('curl -sI -o /dev/null -w "%{http_code} %{redirect_url}" -H "Host: shop.test" http://127.0.0.1/x')).toBe('301 https://shop.test/x');
  });
});

/** Puts a release in place the crude way, as the runbook does: stop, check out, copy the unit. Starts nothing. */
async function checkOut(tag: string): Promise<void> {
  await output(
    `systemctl stop shop; systemctl reset-failed; runuser -u shop -- git -C /opt/shop checkout --quiet ${tag} && cd /opt/shop && ` +
      'cp systemd/shop.service /etc/systemd/system/ && systemctl daemon-reload && runuser -u shop -- venv/bin/python database.py upgrade',
  );
}

describe('under systemd and nginx', () => {
  test('v1.5.1-dies-after-3s counts as started, and then is restarted again and again', async () => {
    await checkOut('v1.5.1-dies-after-3s');
    expect((await shop.host.run('systemctl start shop')).code).toBe(0);
    const restarted = 'for i in $(seq 100); do test "$(systemctl show -P NRestarts shop)" -ge 1 && exit 0; sleep 0.1; done; exit 1';
    expect((await shop.host.run(restarted)).code).toBe(0);
  });

  test('v1.5.3-bad-vhost has a vhost that nginx refuses, where every good one passes', async () => {
    await checkOut('v1.5.3-bad-vhost');
    const check = async (tag: string): Promise<number | null> =>
      (await shop.host.run(`runuser -u shop -- git -C /opt/shop show ${tag}:nginx/sites-available/shop >/etc/nginx/sites-available/shop && nginx -t`)).code;
    expect(await check('v1.5.3-bad-vhost')).toBe(1);
    for (const tag of ['v1.1.0', 'v1.2.0', 'v1.6.0', 'v1.0.0']) expect(await check(tag), tag).toBe(0);
  });

  test('v1.5.4-bad-unit cannot be started', async () => {
    await checkOut('v1.5.4-bad-unit');
    expect((await shop.host.run('systemctl start shop')).code).toBe(1);
  });

  test('v1.5.5-slow-start is ready only when it answers, 8 seconds after its start', async () => {
    await checkOut('v1.5.5-slow-start');
    const begun = performance.now();
    await output('systemctl start shop');
    expect(performance.now() - begun).toBeGreaterThan(8_000);
    expect((await get('/health/')).status).toBe(200);
  });

  test('v1.5.8-missing-env never reports itself ready, and its log names the setting', async () => {
    await checkOut('v1.5.8-missing-env');
    expect((await shop.host.run('systemctl start shop')).code).toBe(1);
    expect(await output('journalctl -u shop --no-pager; tail /var/log/shop/gunicorn.log')).toContain('missing settings: PAYMENT_API_KEY');
  });

  test('v1.2.0 starts after its migration and serves it', async () => {
    await checkOut('v1.2.0');
    await output('systemctl start shop');
    expect(JSON.parse((await get('/health/')).body)).toMatchObject({ status: 'healthy', version: 'v1.2.0' });
  });
});
