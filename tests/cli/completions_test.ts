import assert from "node:assert/strict";
import type { Command } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { HAS_TERMINALS, runCli, startShell } from "../helpers/cli.ts";
import { hasProgram } from "../helpers/has_program.ts";
import { until } from "../helpers/until.ts";

async function scriptFor(shell: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["completions", shell, ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

async function run(program: string, ...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").slice(0, -1);
}

function optionsOf({ options }: Command): string[] {
  return [...Object.keys(options), "help"].map((name) => `--${name}`).toSorted();
}

/** All completions after some words. */
const COMPLETED: [words: string[], completions: string[]][] = [
  [[""], [...COMMANDS.keys()].toSorted()],
  [["de"], ["dead", "delete", "demo"]],
  [["--"], ["--help", "--version"]],
  ...Array.from(COMMANDS, ([name, command]): [string[], string[]] => [
    [name, "--"],
    optionsOf(command),
  ]),
  [["dead", "re"], ["requeue"]],
  [["list", "d"], ["dead", "delayed"]],
  [["completions", ""], ["bash", "fish", "zsh"]],
  [["worker", "--backoff", ""], ["exponential"]],
  [["worker", "--name", "x", "--backoff", "ex"], ["exponential"]],
  [["stats", "--name", ""], []],
  [["worker", "--", "cat", "READ"], ["README.md"]],
];

Deno.test({
  name: "bash completes commands, options, and values",
  ignore: !await hasProgram("bash", "--version"),
  async fn() {
    const script = await scriptFor("bash");
    const complete = (words: string[]) =>
      run(
        "bash",
        "-c",
        `${script} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _srq;
        ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`,
        "bash",
        "srq",
        ...words,
      );
    for (const [words, expected] of COMPLETED) {
      assert.deepEqual((await complete(words)).toSorted(), expected, words.join(" "));
    }
    assert.deepEqual(await complete(["worker", "--backoff", "="]), ["exponential"]);
    assert.deepEqual(await complete(["worker", "--backoff", "=", "ex"]), ["exponential"]);
    assert.ok((await complete(["worker", "--", "ca"])).includes("cat"));
  },
});

Deno.test({
  name: "fish completes commands, options, and values",
  ignore: !await hasProgram("fish", "--version"),
  async fn() {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, await scriptFor("fish"));
    const complete = async (words: string[]) => {
      const line = ["srq", ...words].join(" ");
      const lines = await run("fish", "-c", `source ${file}; complete -C '${line}'`);
      return lines.map((line) => line.split("\t")[0]!).toSorted();
    };
    for (const [words, expected] of COMPLETED) {
      assert.deepEqual(await complete(words), expected, words.join(" "));
    }
    assert.ok((await complete(["worker", "--", "ca"])).includes("cat"));
    await Deno.remove(file);
  },
});

Deno.test({
  name: "zsh completes commands, options, and values",
  ignore: !HAS_TERMINALS || !await hasProgram("zsh", "--version"),
  async fn() {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, await scriptFor("zsh"));
    await using child = startShell("script -qec 'zsh -f -i' /dev/null");
    let shown = "";
    const reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) shown += text;
    })();
    const keyboard = child.stdin.getWriter();
    const type = (text: string) => keyboard.write(new TextEncoder().encode(text));
    const shows = (...words: string[]) =>
      until(`${words} are shown`, () => words.every((word) => shown.includes(word)));

    await type(
      `stty cols 200; autoload -U compinit; compinit -u -D; source ${file}; print RE''ADY\n`,
    );
    await shows("READY");
    for (const [words, expected] of COMPLETED) {
      if (expected.length < 2) continue;
      shown = "";
      await type(`srq ${words.join(" ")}\t`);
      await shows(...expected);
      await type("\x15"); // erases the line
    }
    for (
      const [typed, completed] of [["dead re", "requeue"], ["worker --backoff ", "exponential"]]
    ) {
      shown = "";
      await type(`srq ${typed}\t`);
      await shows(completed!);
      await type("\x15");
    }
    await type("exit\n");
    await Promise.all([reading, child.status, child.stderr.cancel()]);
    await keyboard.close().catch(() => {}); // nobody reads it any more
    await Deno.remove(file);
  },
});

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`completions ${shell} --program is for a program of another name`, async () => {
    const script = await scriptFor(shell, "--program", "my-queue");
    assert.match(script, /\bmy-queue\b/);
    assert.doesNotMatch(script, /\bsrq\b/);
  });
}
