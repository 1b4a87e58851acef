// What is happening, and how long it usually takes: a line for each part, rewritten in place on a terminal.
const out = process.stderr;
const active = new Map();
let drawn = 0;
let ticker;

const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`;
const usual = (s) => (s >= 120 ? `${Math.round(s / 60)} min` : `${s} s`);
const line = (name, text) => `${name.padEnd(13)}${text}`;

/** Says that a part is being worked on. `usually` is in seconds. */
export function begin(name, doing, usually) {
  active.set(name, { text: `${doing} (usually ${usual(usually)})`, since: Date.now(), said: Date.now() });
  if (out.isTTY) draw();
  else out.write(`${line(name, active.get(name).text)} …\n`);
  ticker ??= setInterval(tick, 1000);
}

/** Says how it ended. */
export function end(name, text) {
  const job = active.get(name);
  active.delete(name);
  say(name, job ? `${text} (${seconds(job.since)})` : text);
  if (active.size === 0) {
    clearInterval(ticker);
    ticker = undefined;
  }
}

/** A line that stays. */
export function say(name, text) {
  erase();
  out.write(`${line(name, text)}\n`);
  draw();
}

function tick() {
  if (out.isTTY) {
    erase();
    draw();
    return;
  }
  // In a log a sign of life every 20 s is enough.
  for (const [name, job] of active) {
    if (Date.now() - job.said < 20_000) continue;
    job.said = Date.now();
    out.write(`${line(name, job.text)} … ${seconds(job.since)}\n`);
  }
}

function erase() {
  if (out.isTTY && drawn > 0) out.write(`\x1b[${drawn}A\x1b[J`);
  drawn = 0;
}

function draw() {
  if (!out.isTTY) return;
  erase();
  const width = out.columns || 80;
  for (const [name, job] of active) out.write(`${line(name, `${job.text} … ${seconds(job.since)}`).slice(0, width - 1)}\n`);
  drawn = active.size;
}
