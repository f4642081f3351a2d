import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { PAGES } from "./helpers/pages.ts";

const PROJECT = new URL("../", import.meta.url);

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, PROJECT));
}

/** Where a page's links lead within the project: what is in code and in comments is none. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```$|<!--.*?-->|`[^`\n]*`/gms, "");
  const links = prose.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm);
  return Array.from(links, ([, inline, reference]) => inline ?? reference!)
    .filter((link) => !link.startsWith("https:"));
}

/** The anchors of a page's headings, as GitHub and JSR make them. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```.*?^```$/gms, "").matchAll(/^#+ (.*)$/gm);
  return Array.from(
    headings,
    ([, heading]) => heading!.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-"),
  );
}

for (const page of PAGES) {
  Deno.test(`the links of ${page} lead somewhere, also where the package is published`, async () => {
    for (const link of linksOf(await read(page))) {
      const { pathname, hash } = new URL(link, new URL(page, PROJECT));
      const path = pathname.slice(PROJECT.pathname.length);
      await Deno.stat(new URL(path, PROJECT));
      const isPublished = config.publish.include
        .some((included) => path === included || path.startsWith(`${included}/`));
      assert.ok(isPublished, `${page} links to ${path}, which is not published`);
      if (hash === "") continue;
      const anchors = anchorsOf(await read(path));
      assert.ok(
        anchors.includes(hash.slice(1)),
        `${page} links to ${link}, where no such heading is`,
      );
    }
  });
}

Deno.test("the oldest Deno that the pages name is the one that is tested", async () => {
  const [, tested] = /oldest-deno:.*?deno-version: v(\d+\.\d+)\.x/s
    .exec(await read(".github/workflows/ci.yml")) ?? [];
  assert.ok(tested);
  for (const page of ["README.md", "mod.ts", "docs/versioning.md"]) {
    const named = Array.from(
      (await read(page)).matchAll(/\bDeno (\d+\.\d+)/g),
      ([, version]) => version,
    );
    assert.deepEqual([...new Set(named)], [tested], page);
  }
});

Deno.test("the README leads to every page in docs", async () => {
  const links = linksOf(await read("README.md"));
  const pages = PAGES.filter((page) => page.startsWith("docs/"));
  assert.ok(pages.length > 5);
  assert.deepEqual(pages.filter((page) => !links.includes(`./${page}`)), []);
});
