import { expect, test } from 'vitest';
import { maintenanceVhost } from '../../src/plan/vhost';
import { VHOST } from './support/shop';

const TEXT = { title: 'Back soon', message: 'We are back at noon.', retryAfter: 120 };

test('the maintenance vhost of the shop: its ports, names and TLS, answering 503', () => {
  const page = `return 503 '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Back soon</title><style>body{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:18vh auto;padding:0 1em}</style><h1>Back soon</h1><p>We are back at noon.</p></html>';`;
  expect(maintenanceVhost(VHOST, TEXT)).toBe(`server {
    listen 80;
    listen [::]:80;
    server_name shop.test;
    access_log off;
    default_type "text/html; charset=utf-8";
    add_header Retry-After 120 always;
    add_header Cache-Control no-store always;
    location / { ${page} }
}
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name shop.test;
    ssl_certificate /etc/ssl/shop/server.crt;
    ssl_certificate_key /etc/ssl/shop/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    add_header Strict-Transport-Security "max-age=31536000" always;
    access_log off;
    default_type "text/html; charset=utf-8";
    add_header Retry-After 120 always;
    add_header Cache-Control no-store always;
    location / { ${page} }
}
`);
});

/** The server blocks' own lines, without what every maintenance page has. */
function kept(vhost: string): string[][] {
  return maintenanceVhost(vhost, TEXT)
    .split('server {\n')
    .slice(1)
    .map((block) => block.split('\n').map((line) => line.trim()).filter((line) => line !== '' && line !== '}' && !/^(access_log off|default_type|add_header (Retry-After|Cache-Control)|location)/.test(line)));
}

test('comments, strings with braces, nested blocks and lines that run on do not mislead it', () => {
  expect(kept(`
    # server { listen 1; }
    upstream app { server 127.0.0.1:8000; }
    map $a $b { default "{ listen 2; }"; 'it\\'s }' 1; }
    # The shop's own {
    server { # here
        listen 443 ssl; # and there: }
        # by this name
        server_name a.test
        b.test; # listen 3;
        set $x "server { listen 4; }";
        if ($host = 'x;y') { return 404; }
        location / { if ($a) { proxy_pass http://app; } location /inner { listen_backlog 5; } }
        ssl_certificate "/etc/ssl/a b.crt"; }
    server
    {
        listen 80;
    }
    server { server_name nobody; }`)).toEqual([
    ['listen 443 ssl;', 'server_name a.test b.test;', 'ssl_certificate "/etc/ssl/a b.crt";'],
    ['listen 80;'],
  ]);
});

test('HTTP/2 by a line of its own and a policy for browsers to stay with TLS are kept, other headers are not', () => {
  expect(kept('server { listen 443 ssl; http2 on; add_header X-Frame-Options DENY; add_header  Strict-Transport-Security "max-age=1; includeSubDomains" always; root /srv; }')).toEqual([
    ['listen 443 ssl;', 'http2 on;', 'add_header Strict-Transport-Security "max-age=1; includeSubDomains" always;'],
  ]);
});

test('a variable in braces does not end a block', () => {
  expect(kept('server { listen 80; proxy_pass http://${name}.test; server_name c.test; }')).toEqual([['listen 80;', 'server_name c.test;']]);
});

test('a vhost without a server that listens is refused', () => {
  for (const vhost of ['', '# server { listen 80; }', 'upstream a { server 1.2.3.4; }', 'server { server_name a.test; }', 'server { location / { listen 80; } }', 'no nginx at all']) {
    expect(() => maintenanceVhost(vhost, TEXT)).toThrow(new RangeError('has no server block with a listen line'));
  }
});

test('texts are shown as they are: nothing in them ends the string, the tag, the block, or names a variable of nginx', () => {
  const text = { title: `<b>"T" & 'Q'`, message: `it's $host \${x} {a;b} \\n \\' </p><script>`, retryAfter: 5 };
  const made = maintenanceVhost('server { listen 80; }', text);
  expect(made).toContain('<title>&lt;b&gt;&quot;T&quot; &amp; &#39;Q&#39;</title>');
  expect(made).toContain('<p>it&#39;s &#36;host &#36;{x} {a;b} &#92;n &#92;&#39; &lt;/p&gt;&lt;script&gt;</p>');
  const string = /return 503 '(.*)'; }\n}\n$/.exec(made)?.[1] ?? '';
  expect(string).not.toMatch(/['$\\]/);
  expect(kept('server { listen 80; }')).toEqual([['listen 80;']]);
});

test('its own output is a vhost that it can read again', () => {
  const once = maintenanceVhost(VHOST, { ...TEXT, message: "it's {braces}; and \\ $all" });
  expect(kept(once)).toEqual(kept(VHOST));
});
