import assert from "node:assert/strict";
import { PACKAGES } from "../../helpers/deno_run.ts";

/** All modules that Deno loads, or would load before it runs a program that imports `module`. */
async function modulesOf(module: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--quiet", ...PACKAGES, module],
    cwd: new URL("../../../", import.meta.url),
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string }[];
  };
  return modules.map(({ specifier }) => specifier);
}

Deno.test("only who imports the dashboard downloads what it needs of npm", async () => {
  const isHono = (specifier: string) => specifier.includes("hono");
  for (const module of ["mod.ts", "cli.ts"]) {
    const modules = await modulesOf(module);
    assert.ok(modules.some((specifier) => specifier.endsWith("/src/cli/commands/serve.ts")));
    assert.deepEqual(modules.filter(isHono), [], module);
  }
  assert.ok((await modulesOf("dashboard.ts")).some(isHono));
});
