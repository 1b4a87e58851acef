/** One `server { … }` block's directives at its own level, in order, as written. */
interface Server {
  readonly directives: readonly string[];
}

/** Kept from the live vhost for the maintenance page: where it listens, for whom, its TLS, and where errors go. */
const KEPT = /^(listen|server_name|http2|ssl_|error_log|add_header\s+Strict-Transport-Security)/;

export interface MaintenanceText {
  readonly title: string;
  readonly message: string;
  /** Seconds. */
  readonly retryAfter: number;
}

/** The maintenance vhost for a live one: the same ports, names and certificates, answering 503. @throws RangeError without a server block */
export function maintenanceVhost(vhost: string, text: MaintenanceText): string {
  const servers = readServers(vhost).filter((server) => server.directives.some((line) => line.startsWith('listen')));
  if (servers.length === 0) throw new RangeError('has no server block with a listen line');
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(text.title)}</title><style>body{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:18vh auto;padding:0 1em}</style><h1>${escapeHtml(text.title)}</h1><p>${escapeHtml(text.message)}</p></html>`;
  return servers
    .map(({ directives }) =>
      [
        'server {',
        ...directives.filter((line) => KEPT.test(line)).map((line) => `    ${line};`),
        // Its 503s are no release's: a probe that counts what ended in 5xx since the release started must not find them. Nor does
        // the default log, which may write more of a request than anybody should read, get a line.
        '    access_log off;',
        '    default_type "text/html; charset=utf-8";',
        `    add_header Retry-After ${text.retryAfter} always;`,
        '    add_header Cache-Control no-store always;',
        `    location / { return 503 '${page.replaceAll('\\', '&#92;').replaceAll('$', '&#36;').replaceAll("'", '&#39;')}'; }`,
        '}',
      ].join('\n'),
    )
    .join('\n')
    .concat('\n');
}

/** Reads server blocks out of nginx's syntax: words, quoted strings, comments, `;` and braces; nested blocks are passed over. */
function readServers(vhost: string): Server[] {
  const servers: Server[] = [];
  let depth = 0;
  let inServer = false;
  let words: string[] = [];
  let directives: string[] = [];
  for (const token of vhost.match(/#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|[^\s{};"'#]+/g) ?? []) {
    if (token.startsWith('#')) continue;
    if (token === '{') {
      if (depth === 0 && words[0] === 'server') [inServer, directives] = [true, []];
      depth++;
      words = [];
    } else if (token === '}') {
      depth--;
      words = [];
      if (depth === 0 && inServer) {
        servers.push({ directives });
        inServer = false;
      }
    } else if (token === ';') {
      if (inServer && depth === 1) directives.push(words.join(' '));
      words = [];
    } else words.push(token);
  }
  return servers;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The vhost that a release brings, on its host. */
export function newVhost(source: string, h: { readonly release: string }): string {
  return `${h.release}/${source}`;
}
