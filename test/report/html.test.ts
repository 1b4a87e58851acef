import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runDocument } from '../../src/report/document/build';
import { htmlReport } from '../../src/report/document/html';
import { markdownReport } from '../../src/report/document/markdown';
import { OBEYED } from '../cli/support/hostile';
import { everywhere, texts } from './hostile';
import { recorded } from './recorded';
import { failing, GIVEN, good } from './runs';
import { all, readXml, textOf } from './xml';

const html = (text: string): string => {
  const { events, given } = everywhere(text);
  return htmlReport(runDocument(events, given));
};
/** Names of elements and attributes with the values of ours: the page without its texts. */
const skeleton = (page: string): string[] => all(readXml(page)).map(({ name, attributes }) => `${name} ${Object.keys(attributes).join(' ')}`);

describe('the HTML', () => {
  test('is well-formed and asks for nothing: no script, nothing loaded, no links', () => {
    const page = readXml(htmlReport(runDocument(failing(), GIVEN)));
    expect(all(page).filter(({ name }) => ['script', 'img', 'link', 'iframe', 'a', 'object', 'form', 'image', 'use', 'foreignObject'].includes(name))).toEqual([]);
    expect(all(page).flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => /^on|^style$|href|^src$/i.test(name))).toEqual([]);
    expect(all(page, 'style').map(textOf).join('')).not.toMatch(/url\(|@import/);
    expect(all(page, 'meta').map(({ attributes }) => attributes['content'])).toContainEqual(expect.stringMatching(/^default-src 'none';/));
  });

  test('has the same elements whatever hosts and people say in any field: none of it is markup', () => {
    const benign = html('plain words');
    fc.assert(
      fc.property(texts, (text) => {
        const page = html(text);
        expect(page.replaceAll('\n', '')).not.toMatch(OBEYED);
        // Output that says nothing, or only what the sentence says, has no block: its sentence is told all the same.
        const kinds = (of: string): Set<string> => new Set(skeleton(of).filter((each) => each !== 'pre '));
        expect(kinds(page)).toEqual(kinds(benign));
        expect(all(readXml(page), 'h1')).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });

  test('shows hostile output as it was, in a place of its own', () => {
    const page = readXml(htmlReport(runDocument(failing('<b>no</b> & "so"', '</pre><script>alert(1)</script>\n\x1b[31m'))));
    expect(all(page, 'pre').map(textOf)).toEqual(['</pre><script>alert(1)</script>\n\\x1b[31m']);
    expect(textOf(all(page, 'main')[0] ?? page)).toContain('<b>no</b> & "so"');
  });

  test('has five parts and the questions to people, marked, where it is an incident report [IR-04]', () => {
    const page = readXml(htmlReport(runDocument(failing())));
    const heads = all(page, 'h2').map(textOf);
    expect(heads.slice(1, 6)).toEqual(['What happened', 'Why', 'Impact', 'Resolution', 'Prevention']);
    expect(all(page, 'div').filter(({ attributes }) => attributes['class'] === 'ask').map((each) => textOf(each).startsWith('To be filled in by a person'))).toEqual([true, true, true, true]);
  });

  test('of a good deployment begins with the picture and the checklist [OV-13]', () => {
    const page = readXml(htmlReport(runDocument(good())));
    expect(all(page, 'h2').map(textOf).slice(0, 3)).toEqual(['At a glance', 'The run in a picture', 'Checklist']);
    expect(all(page, 'li').filter((each) => all(each, 'span').some(({ attributes }) => attributes['class']?.startsWith('mark')))).toHaveLength(18);
  });

  test.each(['cancelled', 'deadline', 'deployed', 'refused', 'rolled-back-later', 'schema-held', 'undos-blocked', 'withdrawn'])('of a recorded run is well-formed: %s', async (name) => {
    const document = runDocument(await recorded(name));
    expect(textOf(readXml(htmlReport(document)))).toContain(document.outcome);
  });
});

describe('the Markdown', () => {
  const of = (text: string): string => {
    const { events, given } = everywhere(text);
    return markdownReport(runDocument(events, given));
  };
  /** Lines outside blocks of code. */
  const outside = (markdown: string): string[] => {
    let fence = '';
    return markdown.split('\n').filter((line) => {
      const [found = ''] = /^ *`{3,}/.exec(line) ?? [];
      if (fence === '' && found !== '') fence = found.trim();
      else if (fence !== '' && found.trim() === fence && line.trim() === fence) fence = '';
      else return fence === '';
      return false;
    });
  };

  test('has our headings alone, whatever hosts and people say, and no link, image or HTML', () => {
    const headings = (markdown: string): string[] => outside(markdown).filter((line) => /^ {0,3}#/.test(line) && !line.startsWith('# '));
    const expected = headings(of('plain'));
    fc.assert(
      fc.property(texts, (text) => {
        const lines = outside(of(text));
        expect(lines.filter((line) => /^ {0,3}#/.test(line) && !line.startsWith('# '))).toEqual(expected);
        expect(lines.filter((line) => line.startsWith('# '))).toHaveLength(1);
        const bare = lines.join('\n').replace(/\\\\/g, '').replace(/\\[^\w\s]/g, '');
        expect(bare).not.toMatch(/<|\]\(|!\[|:\/\/|www\.|`/);
        expect(lines.join('\n').replaceAll('\n', '')).not.toMatch(OBEYED);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps output in a block that the output cannot end, and tables whole', () => {
    const markdown = markdownReport(runDocument(failing('a | b', '````\n## no heading')));
    expect(markdown).toContain('  `````text\n  ````\n  ## no heading\n  `````');
    const rows = outside(markdown).filter((line) => line.startsWith('| 05:'));
    expect(new Set(rows.map((row) => row.replace(/\\\|/g, '').split('|').length))).toEqual(new Set([5]));
  });

  test('marks what people are to write, and checks off what is done', () => {
    const markdown = markdownReport(runDocument(failing(), GIVEN));
    expect(markdown.match(/^> \*\*To be filled in by a person:\*\* /gm)).toHaveLength(4);
    expect(markdown).toContain('- [x] Code tagged in Git (done by fetch the release)');
    expect(markdown).toContain('- [ ] Team notified (24 h ahead) (for a person: no record of it here)');
    expect(markdown).toContain('| error rate | 5.4 % | 0.4 % | ask above 2 %, roll back above 5 % | ask, roll back |');
    expect(markdown).toMatch(/\n---\nWritten 2026-11-22 05:51:52 UTC by Sternway from the record of the run\.\n$/);
  });
});
