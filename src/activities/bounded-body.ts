/** The beginning of an answer's body as text, and whether that is all of it. As soon as it is longer than `most` bytes, the rest is not waited for. */
export async function boundedBody(body: AsyncIterable<unknown> | Iterable<unknown>, most: number): Promise<{ readonly text: string; readonly whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > most) break;
  }
  return { text: Buffer.concat(chunks).subarray(0, most).toString('utf8'), whole: length <= most };
}
