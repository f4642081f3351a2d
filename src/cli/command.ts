import type { GivenOptions, OptionNames } from "./given_options.ts";

/** One command of the command line. */
export interface Command {
  /** What it does, in a few words. */
  summary: string;
  /** How it is called, its options, and examples. */
  help: string;
  options: OptionNames;
  /**
   * Does the command's work. When `stop` aborts it ends soon: normally where its work is to run until stopped, and by
   * throwing the signal's reason where it is left unfinished.
   */
  run(given: GivenOptions, stop: AbortSignal): Promise<void>;
}

/** How the help texts call the program. */
export const PROGRAM = "deno run -A jsr:@saferedisqueue/saferedisqueue";

/** Help on the options that every command has. */
export const COMMON_HELP =
  `  --url URL      where Redis is: redis://user:password@host:6379/0, rediss://... or
                 unix:///path/to.sock; default: the environment's REDIS_URL where
                 reading it is permitted, or else redis://127.0.0.1:6379
  -h, --help     show this help`;
