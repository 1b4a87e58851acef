// The report in a browser, as people see it: what no reading of its text can tell.
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDocument } from '../../src/report/document/build';
import { htmlReport } from '../../src/report/document/html';
import { prepare } from '../../tools/prepare.mjs';
import { everywhere } from '../report/hostile';
import { failing, GIVEN } from '../report/runs';

const WIDTHS = [360, 800, 1400] as const;
const ATTACK = `"'></title></style></svg></pre><script>window.owned=1</script><img src="http://127.0.0.1:9/x" onerror="window.owned=1"><svg onload="window.owned=1">`;

let browser: Browser;
beforeAll(async () => {
  const { chromium: part } = await prepare(['chromium']);
  browser = await chromium.launch({ ...(part?.path ? { executablePath: part.path } : {}), args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND'] });
});
afterAll(async () => await browser?.close());

/** Opens a page of this width; `asked`: what it wanted to load. */
async function shown(html: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<{ page: Page; asked: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 1100 }, colorScheme });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.setContent(html);
  return { page, asked };
}

const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

test.each(WIDTHS)('an incident report fits a page of %i px, with nothing cut off at its side', async (width) => {
  const { page } = await shown(htmlReport(runDocument(failing(), GIVEN)), width);
  expect(await page.evaluate(overflow)).toBe(0);
  const wide = await page.evaluate<string[]>(`[...document.querySelectorAll('svg.sternway text, td, dd, li, pre, h1')].filter((each) => { const box = each.getBoundingClientRect(); return box.left < -0.5 || box.right > innerWidth + 0.5; }).map((each) => each.textContent)`);
  expect(wide).toEqual([]);
  const folder = process.env['STERNWAY_PICTURES'];
  if (folder) {
    // What a person looks for first: on a wide page the top, on narrower ones the pictures.
    await page.evaluate(width === 1400 ? 'scrollTo(0, 0)' : `document.querySelector('figure').previousElementSibling.scrollIntoView()`);
    await page.screenshot({ path: `${folder}/report-${width}.png` });
  }
  await page.close();
});

test('is dark where the reader\'s system is, and light on paper', async () => {
  const { page } = await shown(htmlReport(runDocument(failing(), GIVEN)), 800, 'dark');
  const paper = 'getComputedStyle(document.body).backgroundColor';
  expect(await page.evaluate(paper)).toBe('rgb(21, 27, 34)');
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await page.evaluate(paper)).toBe('rgb(255, 255, 255)');
  await page.close();
});

test('whatever a host says in any field, the browser runs nothing, loads nothing, and shows it as text', async () => {
  const { events, given } = everywhere(ATTACK);
  for (const width of WIDTHS) {
    const { page, asked } = await shown(htmlReport(runDocument(events, given)), width);
    expect(await page.evaluate('window.owned')).toBeUndefined();
    expect(await page.locator('script, img').count()).toBe(0);
    expect(asked).toEqual([]);
    expect(await page.locator('h1').innerText()).toContain('<script>window.owned=1</script>');
    expect(await page.evaluate(overflow)).toBe(0);
    await page.close();
  }
});
