import puppeteer, { type Browser, type Page } from "npm:puppeteer-core@25.16.0";
import axe from "npm:axe-core@4.14.1";
import { hasProgram } from "../helpers/has_program.ts";

/** The names under which Chromium is installed. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** The browser's program; `undefined` if there is none. */
export const BROWSER: string | undefined = await installed();

if (BROWSER === undefined) {
  // deno-lint-ignore no-console -- it is a test program
  console.error("Chromium is not installed: the tests of the dashboard in a browser are left out");
}

async function installed(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    if (await hasProgram(program, "--version")) return program;
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
    await Promise.all([this.page.waitForNavigation(), this.page.click(selector)]);
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

/** Opens a tab in a browser of its own. Without JavaScript, nothing renews itself. */
export async function withTab(
  options: { javaScript: boolean },
  use: (tab: Tab) => Promise<void>,
): Promise<void> {
  const browser: Browser = await puppeteer.launch({
    executablePath: BROWSER!,
    // The sandbox of Chromium does not run as root, as in a container.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage();
    await page.setJavaScriptEnabled(options.javaScript);
    await use(new Tab(page));
  } finally {
    await browser.close();
  }
}
