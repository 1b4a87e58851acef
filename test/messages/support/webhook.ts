import { bodyOf, http } from '../../probes/support/servers';

/** A message as it was posted. `key`: the same when it was sent again. */
export interface Post {
  readonly key: string;
  readonly moment: string;
  readonly text: string;
}

/** A webhook that takes everything, for as long as the test runs. */
export async function webhook(): Promise<{ url: string; posts: Post[] }> {
  const posts: Post[] = [];
  const port = await http((request, response) => {
    void bodyOf(request).then((body) => {
      const { moment, text } = JSON.parse(body.toString()) as Post;
      posts.push({ key: String(request.headers['idempotency-key']), moment, text });
      response.end('ok');
    });
  });
  return { url: `http://127.0.0.1:${port}/hook`, posts };
}
