/** Text as Slack takes it. */

/** What one message of Slack may hold, in characters; it cuts longer ones itself, in the middle of a word. */
const MOST_CHARACTERS = 39_000;

/** Slack reads `<!channel>` and `<https://…|words>` as commands: with these three escaped, a host's words stay words. */
export function slackText(text: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return safe.length > MOST_CHARACTERS ? `${safe.slice(0, MOST_CHARACTERS)}...` : safe;
}
