import { chromium, type Locator, type Page } from 'playwright-core';
import { prepare } from '../../tools/prepare.mjs';
import { until } from '../e2e/stage';

/** Root may not use Chromium's sandbox, and nothing but the UI under test is to be reached: it asks for Temporal's news, too. */
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

/** Of the window, in pixels. */
const WIDTH = 1400;
const HEIGHT = 900;

/** Milliseconds for a page, on a machine that runs other tests as well. */
const PATIENCE = 60_000;

export type Tab = 'timeline' | 'history' | 'user-metadata' | 'search-attributes' | 'memo';

/** Temporal's web UI in a browser with an empty profile, read and clicked as a person does. */
export class TemporalUi {
  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {}

  /** `url`: of the UI, without a path. End with {@link close}. */
  static async open(url: string): Promise<TemporalUi> {
    const { chromium: part } = await prepare(['chromium']);
    const browser = await chromium.launch({ ...(part?.path ? { executablePath: part.path } : {}), args: FLAGS });
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
    page.setDefaultTimeout(PATIENCE);
    return new TemporalUi(page, `${url}/namespaces/default/workflows`);
  }

  /** The rows of the list that a query leaves, with columns added to it and others removed. */
  async list(query: string, { add, remove }: { add: readonly string[]; remove: readonly string[] }): Promise<Locator> {
    await this.page.goto(`${this.url}?query=${encodeURIComponent(query)}`);
    await this.page.getByTestId('workflows-summary-table-configuration-button').click();
    const changes = [...remove.map((column) => `Remove ${column} column`), ...add.map((column) => `Add ${column} column`)];
    for (const name of changes) await this.page.getByRole('button', { name, exact: true }).click();
    await this.page.getByTestId('drawer-close-button').click();
    const rows = this.page.getByTestId('workflows-summary-configurable-table-row');
    await rows.first().waitFor();
    return rows;
  }

  /** Opens the page of a run, on its timeline. */
  async run(workflow: string, run: string): Promise<void> {
    await this.page.goto(`${this.url}/${encodeURIComponent(workflow)}/${run}/timeline`);
    await this.page.getByTestId('input-and-result').waitFor();
  }

  async tab(name: Tab): Promise<void> {
    await this.page.getByTestId(`${name}-tab`).click();
  }

  /** Waits until the text can be read without scrolling: what must meet the eye. */
  async sees(text: string | RegExp): Promise<void> {
    const found = this.page.getByText(text).filter({ visible: true }).first();
    await found.waitFor();
    const box = await found.boundingBox();
    if (!box || box.y + box.height > HEIGHT) throw new Error(`${text} is on the page, but only for those who scroll: ${JSON.stringify(box)}`);
  }

  /** Scrolls down until the text is there; the timeline draws only what is looked at. */
  async finds(text: string): Promise<void> {
    const found = this.page.getByText(text, { exact: true }).filter({ visible: true }).first();
    const end = Date.now() + PATIENCE;
    while (!(await found.isVisible())) {
      if (Date.now() > end) throw new Error(`${text} is nowhere on the page`);
      await this.page.mouse.move(800, 600);
      await this.page.mouse.wheel(0, 300);
      // The next frame: what it draws is drawn by then.
      await this.page.evaluate('new Promise(requestAnimationFrame)');
    }
  }

  /** Waits until a text of the workflow's own is shown; the UI keeps those in frames, for they may hold Markdown. */
  async seesDetails(text: string | RegExp): Promise<void> {
    await until(`${text} in a frame`, async () => {
      const looks = this.page.frames().map((frame) => frame.getByText(text).first().isVisible().catch(() => false));
      return (await Promise.all(looks)).includes(true);
    });
  }

  /** The key that the UI names for reading the current details again. */
  async refreshDetails(): Promise<void> {
    await this.page.keyboard.press('r');
  }

  /** Fills in More Actions, Send a Signal: the name chosen from those that the workflow offers, the input left empty. */
  async prepareSignal(name: string): Promise<void> {
    await this.moreActions('Send a Signal');
    await this.dialog.getByTestId('signal-select-button').click();
    await this.dialog.getByRole('option', { name }).click();
  }

  /** As {@link prepareSignal}, for an Update with an input. */
  async prepareUpdate(name: string, input: object): Promise<void> {
    await this.moreActions('Send an Update');
    await this.dialog.getByTestId('update-select-button').click();
    await this.dialog.getByRole('option', { name }).click();
    // As the editor itself would format it when it loses the focus: the button must not move away from under the pointer.
    await this.dialog.getByRole('textbox', { name: 'Data' }).fill(JSON.stringify(input, null, 2));
  }

  /** Sends what was prepared. */
  async submit(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Submit' }).click();
  }

  /** Keeps what is seen now as a picture, `height` pixels of it, where somebody asked for pictures: those of docs/temporal-ui.md are made so. */
  async picture(name: string, height = HEIGHT): Promise<void> {
    const folder = process.env['STERNWAY_PICTURES'];
    if (!folder) return;
    await this.page.setViewportSize({ width: WIDTH, height });
    await this.page.screenshot({ path: `${folder}/${name}.png` });
    await this.page.setViewportSize({ width: WIDTH, height: HEIGHT });
  }

  async close(): Promise<void> {
    await this.page.context().browser()?.close();
  }

  private async moreActions(item: string): Promise<void> {
    await this.page.getByRole('button', { name: 'More Actions' }).filter({ visible: true }).click();
    await this.page.getByRole('menuitem', { name: item }).filter({ visible: true }).click();
    await this.dialog.waitFor();
  }

  private get dialog(): Locator {
    return this.page.locator('dialog[open]');
  }
}
