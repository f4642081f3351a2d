import { quoteWithoutPassword } from "../../connection/redis_url.ts";
import { bashCompletions } from "./completions/bash.ts";
import { fishCompletions } from "./completions/fish.ts";
import { zshCompletions } from "./completions/zsh.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { print } from "../io/stdout.ts";

/** Makes the script with which a shell completes `commands` after `program`. */
type CompletionsOf = (program: string, commands: ReadonlyMap<string, Command>) => string;

const SHELLS: Record<string, CompletionsOf> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** Makes the command `completions`. It gets `commands` through a function, since it is one of them. */
export function completionsOf(commands: () => ReadonlyMap<string, Command>): Command {
  return {
    summary: "prints a script with which a shell completes commands and options",
    about:
      "Prints a script with which bash, zsh or fish completes the commands and options of this program. " +
      "The script is for the name under which the program is installed: see --program.",
    operands: { usage: "bash|zsh|fish", max: 1, choices: Object.keys(SHELLS) },
    options: {
      program: { value: "NAME", help: "name under which the program is installed; default: srq" },
    },
    examples: [
      'eval "$({} completions bash)"    # in ~/.bashrc',
      'eval "$({} completions zsh)"     # in ~/.zshrc, after compinit',
      "{} completions fish | source     # in ~/.config/fish/config.fish",
    ],

    async run(given) {
      const [shell = ""] = given.operands;
      const script = SHELLS[shell];
      if (script === undefined) throw new UsageError("The shell is missing: bash, zsh or fish");
      const program = given.values.get("program") ?? "srq";
      if (!/^[\w.-]+$/.test(program)) {
        throw new UsageError(
          `The option --program is ${
            quoteWithoutPassword(program)
          }: expected a name of letters, digits, "_", "." and "-"`,
        );
      }
      await print(script(program, commands()));
    },
  };
}
