// The sum of it all.
import { fit, seconds, style } from './screen.mjs';

/** Of the columns; with the last one a line has less than 80. */
const WIDTHS = [3, 24, 17, 8, 9];

/** @returns {string[]} a line an act: how it ended, how long it took, for how long the site was closed, whether the host came back */
export function table(played, { prepared, total }) {
  const { good, bad, dim, strong, marks } = style();
  const row = (cells) => cells.map((cell, index) => fit(cell, WIDTHS[index] ?? cell.length)).join('');
  const lines = played.map(({ short, outcome, act }, index) => {
    const asPromised = act.broken.length === 0;
    const cells = [`${index + 1}`, short, asPromised ? outcome : 'NOT AS PROMISED', inSeconds(act.took), inSeconds(act.closed), act.digests ?? '-'];
    return `${asPromised ? good(marks.done) : bad(marks.failed)} ${row(cells)}`;
  });
  return ['', '', strong(`  ${row(['#', 'act', 'outcome', 'took', 'closed', 'host as before'])}`), ...lines, '', dim(`  ${seconds(total)} in all, ${seconds(prepared)} of it to prepare, build and raise`), ''];
}

function inSeconds(value) {
  return value === undefined ? '' : `${value.toFixed(1)} s`;
}
