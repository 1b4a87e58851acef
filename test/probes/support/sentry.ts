import { bodyOf, http, json } from './servers';

export interface Issue {
  readonly level: string;
  readonly release: string;
  readonly title: string;
  /** Seconds. */
  readonly lastSeen: number;
}

export interface SentryServer {
  readonly port: number;
  readonly releases: { version: string; projects: string[]; ref?: string }[];
  readonly deploys: { release: string; environment: string; finished: number }[];
}

const PAGE = 100;
const iso = (at: number): string => new Date(at * 1000).toISOString();

/**
 * As much of Sentry's published API as is asked of it (docs.sentry.io/api): issues of a project by search, 100 a page with a Link header;
 * creating a release (201, and 208 when it is there); creating and listing its deploys. Bearer token. It filters by `release:` alone.
 */
export async function sentryServer(token: string, issues: readonly Issue[]): Promise<SentryServer> {
  const [releases, deploys]: [SentryServer['releases'], SentryServer['deploys']] = [[], []];
  const port = await http((request, response) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://sentry.test');
      if (request.headers.authorization !== `Bearer ${token}`) return json(response, { detail: 'Invalid token' }, 401);
      if (url.pathname === '/api/0/projects/shop/backend/issues/' && request.method === 'GET') {
        const release = /release:"([^"]+)"/.exec(url.searchParams.get('query') ?? '')?.[1];
        const from = Number((url.searchParams.get('cursor') ?? '0:0:0').split(':')[1]);
        const found = issues.filter((one) => one.release === release);
        const more = found.length > from + PAGE;
        response.setHeader('link', `<http://sentry.test/>; rel="previous"; results="false"; cursor="0:0:1", <http://sentry.test/>; rel="next"; results="${more}"; cursor="0:${from + PAGE}:0"`);
        return json(response, found.slice(from, from + PAGE).map(({ level, title, lastSeen }, id) => ({ id: String(id), level, title, lastSeen: iso(lastSeen), status: 'unresolved' })));
      }
      if (url.pathname === '/api/0/organizations/shop/releases/' && request.method === 'POST') {
        const sent = JSON.parse(body.toString()) as SentryServer['releases'][number];
        const known = releases.some(({ version }) => version === sent.version);
        if (!known) releases.push(sent);
        return json(response, sent, known ? 208 : 201);
      }
      const release = /^\/api\/0\/organizations\/shop\/releases\/([^/]+)\/deploys\/$/.exec(url.pathname)?.[1];
      if (release === undefined) return json(response, { detail: 'The requested resource does not exist' }, 404);
      if (request.method === 'GET') return json(response, deploys.filter((one) => one.release === release).map(({ environment, finished }, id) => ({ id: String(id), environment, dateFinished: iso(finished) })));
      const sent = JSON.parse(body.toString()) as { environment: string; dateFinished: string };
      deploys.push({ release, environment: sent.environment, finished: Date.parse(sent.dateFinished) / 1000 });
      return json(response, { id: String(deploys.length), ...sent }, 201);
    });
  });
  return { port, releases, deploys };
}
