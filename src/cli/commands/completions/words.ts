import type { Command, Option } from "../../command.ts";

/** The option that every command has. */
const HELP: [string, Option] = ["help", { help: "show this help" }];

/** The options that are given instead of a command. */
export const TOP_OPTIONS: [string, Option][] = [HELP, ["version", { help: "show the version" }]];

/** All options of a command. */
export function optionsOf({ options }: Command): [string, Option][] {
  return [...Object.entries(options), HELP];
}

/** The first clause of an option's help, short enough to stand beside its name. */
export function briefly({ help }: Option): string {
  return help.split(/[:;.,] /, 1)[0]!;
}

/** A name for the shell function that completes `program`. */
export function functionName(program: string): string {
  return `_${program.replace(/\W/g, "_")}`;
}
