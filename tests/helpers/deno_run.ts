/**
 * The options that give a program the packages of this test run. Packages from JSR resolve to `jsr:` or, once they are
 * loaded, to `https:`; packages of the npm map resolve to a file of this project.
 */
export const PACKAGES: string[] = import.meta.resolve("@db/redis").startsWith("file:")
  ? ["--import-map", "npm/deno.json"]
  : [];

/** The arguments with which `deno`, in the project's folder, runs a program: `words` are more options, the module, and its arguments. */
export function denoRun(...words: string[]): string[] {
  return ["run", "--no-check", "--quiet", "--config=deno.json", ...PACKAGES, ...words];
}
