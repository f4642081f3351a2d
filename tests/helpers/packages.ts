/**
 * The options that give a program the packages of this test run. Those of JSR resolve to `jsr:` or, once they are loaded,
 * to `https:`; those of the npm map to a file of this project.
 */
export const PACKAGES: string[] = import.meta.resolve("@db/redis").startsWith("file:")
  ? ["--import-map", "npm/deno.json"]
  : [];
