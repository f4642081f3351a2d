/**
 * The command line: puts lines into a queue, takes them out, and shows in a demo how the library works.
 *
 * ```sh
 * deno run -A jsr:@saferedisqueue/saferedisqueue/cli demo
 * printf 'Hello World\nFoo bar\n' | deno run -A jsr:@saferedisqueue/saferedisqueue/cli producer
 * deno run -A jsr:@saferedisqueue/saferedisqueue/cli consumer --count 2
 * ```
 *
 * `--help` lists the commands, and `COMMAND --help` the options of a command.
 *
 * @module
 */

import { main } from "./src/cli/main.ts";

export { main };

if (import.meta.main) await main();
