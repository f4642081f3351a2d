// Takes the whole terminal, and ends without giving it back: fails_on_screen.ts throws|rejects|exits
import { Screen } from "../../src/cli/io/screen.ts";

const screen = new Screen();
if (!screen.hasKeys) throw new Error("There is no terminal");
const ends: Record<string, () => unknown> = {
  throws: () => {
    throw new Error("on purpose");
  },
  rejects: () => void Promise.reject(new Error("on purpose")),
  exits: () => Deno.exit(3),
};
setTimeout(ends[Deno.args[0]!]!, 10);
