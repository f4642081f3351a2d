import puppeteer, { type Browser, type Page } from "npm:puppeteer-core@25.16.0";
import axe from "npm:axe-core@4.14.1";

/** The browser's program; `undefined` if none is installed. */
export const BROWSER: string | undefined = await installed();

if (BROWSER === undefined) {
  // deno-lint-ignore no-console -- it is a test program
  console.error("Chromium is not installed: the tests of the dashboard in a browser are left out");
}

async function installed(): Promise<string | undefined> {
  const folders = Deno.env.get("PATH")?.split(":") ?? [];
  const programs = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    folders.map((folder) => `${folder}/${name}`)
  );
  for (
    const program of [...programs, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
  ) {
    if (await Deno.stat(program).then(() => true, () => false)) return program;
  }
  return undefined;
}

/** A tab of a browser that notes what goes wrong in it. */
export class Tab {
  readonly page: Page;
  /** What the console, the network and the policy of the page objected to. */
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) this.problems.push(message.text());
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("requestfailed", (request) => {
      // A page that is left ends its stream.
      if (request.url().includes("/live?")) return;
      this.problems.push(`${request.url()}: ${request.failure()?.errorText}`);
    });
  }

  /** The text of what a selector finds, with single spaces. */
  async text(selector = "body"): Promise<string> {
    const text = await this.page.$eval(selector, (element) => element.innerText);
    return text.replaceAll(/\s+/g, " ").trim();
  }

  /** Clicks on what leads to another page, and waits for that. */
  async follow(selector: string): Promise<void> {
    await Promise.all([this.page.waitForNavigation(), this.#click(selector)]);
  }

  /** Clicks, and tries again if the page has just renewed what was to be clicked on. */
  async #click(selector: string): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        return await this.page.click(selector);
      } catch (error) {
        if (tries === 3) throw error;
      }
    }
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    return await this.page.evaluate(expression);
  }

  /** What axe finds wrong for those who can't see, or use no mouse. */
  async barriers(): Promise<string[]> {
    // Not as a script of the page, which its policy would refuse.
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate("axe.run()") as axe.AxeResults;
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
    );
  }

  /** Whether the page is wider than the window. */
  async isTooWide(): Promise<boolean> {
    const root = "document.documentElement";
    return await this.page.evaluate(`${root}.scrollWidth > ${root}.clientWidth`) as boolean;
  }
}

let browser: Promise<Browser> | undefined;

/** Opens a tab with storage of its own, in one browser for all. Without JavaScript, nothing renews itself. */
export async function withTab(
  { javaScript }: { javaScript: boolean },
  use: (tab: Tab) => Promise<void>,
): Promise<void> {
  browser ??= puppeteer.launch({
    executablePath: BROWSER!,
    // The sandbox of Chromium does not run as root, as in a container.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const context = await (await browser).createBrowserContext();
  try {
    const page = await context.newPage();
    await page.setJavaScriptEnabled(javaScript);
    await use(new Tab(page));
  } finally {
    await context.close();
  }
}

/** Ends the browser, if one was started. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}
