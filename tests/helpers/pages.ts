const PROJECT = new URL("../../", import.meta.url);

/** All pages of the project, as paths from its root: what lies beside the README, and `docs/`. */
export const PAGES: readonly string[] = [...await pagesIn(""), ...await pagesIn("docs/")];

async function pagesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, PROJECT)));
  return entries.filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => `${folder}${name}`).sort();
}
