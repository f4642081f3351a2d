import type { Command, Option } from "../../command.ts";

/** The options of every command. */
const HELP: [string, Option] = ["help", { help: "show this help" }];

/** The options that stand in place of a command. */
export const TOP_OPTIONS: [string, Option][] = [HELP, ["version", { help: "show the version" }]];

/** A command's options. */
export function optionsOf({ options }: Command): [string, Option][] {
  return [...Object.entries(options), HELP];
}

/** The beginning of an option's help, which has to fit beside its name. */
export function briefly({ help }: Option): string {
  return help.split(/[:;.,] /, 1)[0]!;
}

/** The name of a program as part of the name of a shell's function. */
export function functionName(program: string): string {
  return `_${program.replace(/\W/g, "_")}`;
}
