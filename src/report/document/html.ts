import { moment } from '../time';
import { HTML_SECTIONS, partHtml } from './html-sections';
import { HEADINGS, SECTIONS, type Section } from './layout';
import { tag, words } from './html-parts';
import type { RunDocument } from './model';
import { PAGE_STYLE } from './style';
import { escaped } from './svg';

/** The page may load nothing and run nothing, should a text of a host ever get through as markup. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * The document as one HTML page that stands alone: styles and pictures in it, no script, nothing loaded. Well-formed as XML too, which
 * is how a test knows that no text of a host broke it. Ends with a line break.
 */
export function htmlReport(document: RunDocument): string {
  const body = SECTIONS[document.layout].map((section) => sectionHtml(section, document)).join('\n');
  const foot = tag('footer', words(`${document.written === null ? '' : `Written ${moment(document.written)}. `}From the record of the run ${document.run}, plan ${document.hash.slice(0, 12) || 'none'}.`));
  const head = [
    '<meta charset="utf-8"/>',
    `<meta http-equiv="Content-Security-Policy" content="${escaped(POLICY)}"/>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
    '<meta name="referrer" content="no-referrer"/>',
    tag('title', escaped(document.title)),
    tag('style', PAGE_STYLE),
  ];
  const outcome = tag('p', `${tag('b', [words(document.word), ':'])} ${words(document.outcome)}`, `outcome ${document.tone}`);
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n${head.join('\n')}\n</head>\n<body>\n<main>\n${tag('h1', words(document.title))}\n${outcome}\n${body}\n${foot}\n</main>\n</body>\n</html>\n`;
}

function sectionHtml(section: Section, document: RunDocument): string {
  if (section === 'parts') return document.parts.map(partHtml).join('\n');
  const content = HTML_SECTIONS[section](document);
  return content === '' ? '' : tag('section', [tag('h2', HEADINGS[section]), content]);
}
