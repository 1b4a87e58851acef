import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runDocument } from '../../src/report/document/build';
import type { Series } from '../../src/report/document/given';
import { runsOf, seriesSvg } from '../../src/report/document/series-svg';
import { timelineSvg } from '../../src/report/document/timeline-svg';
import { everywhere, texts } from './hostile';
import { recorded } from './recorded';
import { at, failing, GIVEN, good } from './runs';
import { all, readXml, textOf, type Node } from './xml';

const ofClass = (node: Node, kind: string): Node[] => all(node).filter(({ attributes }) => attributes['class'] === kind);
const bars = (svg: Node, kind: string): Node[] => ofClass(svg, kind).filter(({ name }) => name === 'rect');
const titles = (nodes: readonly Node[]): string[] => nodes.map((node) => textOf(all(node, 'title')[0] ?? node));
const series = (over: Partial<Series> = {}): Series => ({ name: 'error rate', unit: '%', baseline: 0.4, thresholds: [], samples: [0, 5, 10, 15, 20].map((second) => ({ at: at(second), value: second })), ...over });
const drawn = (over: Partial<Series> = {}, marks: { switchedAt?: string; turnedAt?: string } = {}): Node => readXml(seriesSvg(series(over), { zero: at(0), switchedAt: null, turnedAt: null, ...marks }, 's'));

describe('the picture of a run', () => {
  test('has a lane for each host and a bar for each task, with title and description for those who do not see it', () => {
    const document = runDocument(good());
    const svg = readXml(timelineSvg(document, 't'));
    expect(svg.attributes).toMatchObject({ role: 'img', 'aria-labelledby': 't-title t-desc' });
    expect(all(svg, 'title')[0]?.attributes['id']).toBe('t-title');
    expect(textOf(all(svg, 'desc')[0] ?? svg)).toMatch(/^DEPLOYED after .* 3 lanes: from outside, web-1, web-2\. No task failed\. 0 tasks were taken back\./);
    expect(bars(svg, 'done')).toHaveLength(document.spans.length);
    expect(ofClass(svg, 'bold').map(textOf)).toEqual(['from outside', 'web-1', 'web-2', 'users: maintenance page']);
  });

  test('tells failed and undone apart by shape and word, not by colour alone, and marks switch and way back', () => {
    const document = runDocument(failing());
    const svg = readXml(timelineSvg(document, 't'));
    expect(titles(bars(svg, 'failed'))).toEqual(['users get the new release · from outside: failed, 1.2 s']);
    expect(ofClass(svg, 'cross')).toHaveLength(1);
    expect(ofClass(svg, 'failed').filter(({ name }) => name === 'text').map(textOf)).toEqual(['✗ users get the new release']);
    expect(bars(svg, 'undone')).toHaveLength(document.spans.filter(({ undone }) => undone).length);
    expect(bars(svg, 'undo').every(({ attributes }) => attributes['fill'] === 'url(#t-undo)')).toBe(true);
    expect(bars(svg, 'undo')).toHaveLength(document.spans.filter(({ back }) => back).length);
    expect(ofClass(svg, 'switch').map(({ name }) => name).sort()).toEqual(['line', 'text']);
    expect(ofClass(svg, 'back').map(({ name }) => name).sort()).toEqual(['line', 'text']);
    expect(bars(svg, 'shut')).toHaveLength(2);
  });

  test('shows where a person was waited for', async () => {
    const svg = readXml(timelineSvg(runDocument(await recorded('undos-blocked')), 't'));
    expect(titles(bars(svg, 'wait'))).toContain('blocked, waits for a person: stop the app');
  });

  test('lays every bar within the picture, each where its task was', () => {
    const document = runDocument(failing());
    const rects = [...bars(readXml(timelineSvg(document, 't')), 'done'), ...bars(readXml(timelineSvg(document, 't')), 'undo')];
    const share = ({ attributes }: Node, name: string): number => Number(attributes[name]?.replace('%', ''));
    for (const rect of rects) expect(share(rect, 'x') + share(rect, 'width')).toBeLessThanOrEqual(100.01);
    const first = document.spans[0];
    const expected = (2 / document.seconds) * 100;
    expect(first?.from).toBe(at(2));
    expect(share(bars(readXml(timelineSvg(document, 't')), 'undone')[0] ?? rects[0] as Node, 'x')).toBeGreaterThan(expected - 0.01);
    expect(share(bars(readXml(timelineSvg(document, 't')), 'done')[0] as Node, 'x')).toBeCloseTo(expected, 2);
  });

  test('is well-formed whatever hosts say, and also of a run that has only begun', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { events, given } = everywhere(text);
        const document = runDocument(events, given);
        const names = new Set([timelineSvg(document, 't'), ...document.series.map((each) => seriesSvg(each, { zero: text, switchedAt: text, turnedAt: at(3) }, 's'))].flatMap((svg) => all(readXml(svg)).map(({ name }) => name)));
        for (const name of names) expect(['svg', 'title', 'desc', 'style', 'defs', 'pattern', 'path', 'line', 'text', 'rect', 'circle', 'g', 'polyline']).toContain(name);
      }),
      { numRuns: 60 },
    );
    for (let count = 0; count < 8; count += 1) readXml(timelineSvg(runDocument(failing().slice(0, count)), 't'));
  });
});

describe('the picture of a series', () => {
  test('has its thresholds and the baseline as lines with their words, the switch and the way back marked', () => {
    const [given] = GIVEN.series ?? [];
    const svg = drawn(given, { switchedAt: at(60), turnedAt: at(80) });
    expect(ofClass(svg, 'limit')).toHaveLength(2);
    expect(ofClass(svg, 'baseline')).toHaveLength(1);
    const words = all(svg, 'text').map(textOf);
    expect(words).toEqual(expect.arrayContaining(['roll back: above 5 %', 'ask: above 2 %', 'before: 0.4 %', '◆ switch', '◀ way back begins']));
    expect(textOf(all(svg, 'desc')[0] ?? svg)).toMatch(/^30 readings from 0\.3 % to 8\.8 %, 1 gap without data\./);
  });

  test('puts the line of a threshold where its value is, below the higher one', () => {
    const svg = drawn({ thresholds: [{ name: 'low', value: 2, bad: 'above' }, { name: 'high', value: 10, bad: 'above' }] });
    const [high, low] = ofClass(svg, 'limit').map(({ attributes }) => Number(attributes['y1']));
    // 130 px high from 44, up to a tenth above the highest reading, 20.
    expect(high).toBeCloseTo(44 + 130 * (1 - 10 / 22), 1);
    expect(low).toBeCloseTo(44 + 130 * (1 - 2 / 22), 1);
  });

  test('stops its curve where nothing was read, and shows the gap as one', () => {
    const samples = [0, 5, 10].map((second) => ({ at: at(second), value: 1 }));
    const after = [60, 65].map((second) => ({ at: at(second), value: 2 }));
    for (const given of [[...samples, ...after], [...samples, { at: at(15), value: null }, { at: at(20), value: 2 }, { at: at(25), value: 2 }]]) {
      const svg = drawn({ samples: given });
      expect(all(svg, 'polyline').map(({ attributes }) => attributes['points']?.split(' ').length)).toEqual([3, 2]);
      expect(all(svg, 'rect').map(({ attributes }) => attributes['fill'])).toEqual(['url(#s-none)']);
    }
    expect(all(drawn(), 'polyline')).toHaveLength(1);
    expect(all(drawn(), 'rect')).toEqual([]);
  });

  test('takes a silence for a gap from three times the usual distance on, or as it is told', () => {
    const samples = [0, 5, 10, 25, 30].map((second) => ({ at: at(second), value: 1 }));
    expect(runsOf(samples, undefined)).toHaveLength(1);
    expect(runsOf([...samples, { at: at(46), value: 1 }], undefined)).toHaveLength(2);
    expect(runsOf(samples, 14)).toHaveLength(2);
    expect(runsOf(samples, 4)).toHaveLength(5);
  });

  test('draws a reading that stands alone as a dot, and nothing of none', () => {
    expect(all(drawn({ samples: [{ at: at(1), value: 3 }] }), 'circle')).toHaveLength(1);
    expect(textOf(all(drawn({ samples: [] }), 'desc')[0] as Node)).toBe('Nothing was read.');
    expect(textOf(all(drawn({ samples: [{ at: 'never', value: 1 }, { at: at(1), value: NaN }, { at: at(2), value: null }] }), 'desc')[0] as Node)).toBe('Nothing was read.');
  });
});
