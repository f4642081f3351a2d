import assert from "node:assert/strict";
import { COMMANDS } from "../../src/cli/commands.ts";
import config from "../../deno.json" with { type: "json" };
import { runCli } from "../helpers/cli.ts";

Deno.test("--version shows the version in deno.json", async () => {
  const stdout = `${config.version}\n`;
  assert.deepEqual(await runCli(["--version"]), { code: 0, stdout, stderr: "" });
});

for (const option of ["--help", "-h"]) {
  Deno.test(`${option} lists the commands`, async () => {
    const { code, stdout } = await runCli([option]);
    assert.equal(code, 0);
    for (const command of COMMANDS.keys()) assert.match(stdout, RegExp(`^  ${command} `, "m"));
    assert.match(stdout, /\nExit codes:\n/);
  });
}

for (const [command, { options }] of COMMANDS) {
  Deno.test(`${command} --help shows its options and examples`, async () => {
    const { code, stdout, stderr } = await runCli([command, "--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, RegExp(`^Usage: .* ${command} `));
    for (const option of Object.keys(options)) assert.match(stdout, RegExp(`\n  --${option} `));
    assert.match(stdout, /\nExamples:\n[^]+\nExit codes:\n/);
    // Lines of examples may be longer: users copy them as they are.
    const [text] = stdout.split("\nExamples:\n");
    for (const line of text!.split("\n").slice(1)) assert.ok(line.length <= 90, line);
  });
}

for (
  const [args, message] of [
    [[], "A command is missing"],
    [["bogus"], 'Unknown command "bogus"'],
    [["constructor"], 'Unknown command "constructor"'],
    [["--bogus"], "Unknown option --bogus"],
    [["consumer", "--bogus"], "Unknown option --bogus"],
    [["consumer", "--bogus=1"], "Unknown option --bogus"],
    [["producer", "--count", "1"], "Unknown option --count"],
    [["consumer", "word"], 'Unexpected argument "word"'],
    [["consumer", "--", "--word"], 'Unexpected argument "--word"'],
    [["consumer", "--name"], "The option --name needs a value"],
    [["consumer", "--name", "--json"], "The option --name needs a value"],
    [["consumer", "--url="], "The option --url needs a value"],
    [["consumer", "--count", "0"], 'The option --count is "0"'],
    [["consumer", "--count", "2.5"], 'The option --count is "2.5"'],
    [["consumer", "--batch", "many"], 'The option --batch is "many"'],
    [["consumer", "--timeout", "soon"], 'The option --timeout is "soon"'],
    [["consumer", "--timeout=-1"], 'The option --timeout is "-1"'],
    [["consumer", "--concurrency", "2"], "The option --concurrency needs --exec"],
    [["consumer", "--exec", "cat", "--json"], "The option --json cannot be used with --exec"],
    [["consumer", "--idle", "soon"], 'The option --idle is "soon"'],
    [["consumer", "--idle", "1", "--timeout", "1"], "Both --timeout and --idle are given"],
    [["consumer", "--run-timeout", "1"], "The option --run-timeout needs --exec"],
    [["consumer", "--raw"], "The option --raw needs --exec"],
    [
      ["consumer", "--exec", "cat", "--timeout", "1"],
      "The option --timeout cannot be used with --exec: use --run-timeout S",
    ],
    [["consumer", "--exec", "cat", "--idle", "1"], "The option --idle cannot be used with --exec"],
    [["consumer", "--exec", "cat", "--run-timeout", "0"], "The timeout of a run is 0"],
    [["worker", "--raw", "--arg", "--", "cat"], "Both --arg and --raw are given"],
    [["worker", "--timeout", "soon", "--", "cat"], 'The option --timeout is "soon"'],
    [
      ["worker", "--timeout", "1", "--run-timeout", "1", "--", "cat"],
      "Both --timeout and --run-timeout are given",
    ],
    [["peek", "--json", "--raw"], "Both --json and --raw are given"],
    [["dead", "list", "--json", "--raw"], "Both --json and --raw are given"],
    [["dead", "delete", "--all", "--raw"], "The option --raw cannot be used with delete"],
    [["consumer", "--lease", "long"], 'The option --lease is "long"'],
    [["worker", "--lease", "315576001", "--", "cat"], 'The option --lease is "315576001"'],
    [["producer", "--lease", "5"], "Unknown option --lease"],
    [["producer", "--delay", "soon"], 'The option --delay is "soon"'],
    [
      ["producer", "--delay", "3155760001"],
      'The option --delay is "3155760001": expected 3155760000 seconds at most',
    ],
    [["producer", "--delay", "9".repeat(400)], 'The option --delay is "99999'],
    [["worker"], "The command to run is missing: give it after --"],
    [["worker", "--"], "The command to run is missing"],
    [["worker", "cat"], 'Unexpected argument "cat"'],
    [["worker", "--timeout", "0", "--", "cat"], "The timeout of a run is 0"],
    [["worker", "--backoff", "soon", "--", "cat"], 'The option --backoff is "soon"'],
    [["worker", "--backoff", "3155760001", "--", "cat"], 'The option --backoff is "3155760001"'],
    [["worker", "--max-attempts", "0", "--", "cat"], 'The option --max-attempts is "0"'],
    [["stats", "word"], 'Unexpected argument "word"'],
    [["peek", "0"], 'Cannot show "0" items'],
    [["peek", "1001"], 'Cannot show "1001" items'],
    [["peek", "1", "2"], 'Unexpected argument "2"'],
    [["find"], "The uid is missing"],
    [["find", "a", "b"], 'Unexpected argument "b"'],
    [["find", "a", "--json", "--raw"], "Both --json and --raw are given"],
    [["list"], "The state is missing"],
    [["list", "done"], 'Unexpected argument "done": expected one of waiting, delayed, in-flight'],
    [["list", "dead", "--limit", "0"], 'The option --limit is "0"'],
    [["delete"], "The uids are missing"],
    [["delete", "--yes"], "The option --yes needs --match or --where"],
    [["delete", "--state", "dead"], "The option --state needs --match or --where"],
    [["delete", "uid", "--match", "x"], "Both uids and --match or --where are given"],
    [["delete", "--match", "x"], 'This deletes the chosen items of the queue "test" for good'],
    [["promote"], "The uids are missing"],
    [["move"], "The name of the other queue is missing"],
    [["move", "test"], 'The items are in the queue "test" already'],
    [["move", "a", "--state", "in-flight"], 'The option --state is "in-flight": expected some of'],
    [["move", "a", "--where", "x"], 'The option --where is "x": expected FIELD=VALUE'],
    [["move", "a", "--where", "=x"], 'The option --where is "=x": expected FIELD=VALUE'],
    [["export", "--limit", "0"], 'The option --limit is "0"'],
    [["dead"], "The action is missing"],
    [["dead", "raise"], 'Unexpected argument "raise": expected one of list, requeue, delete'],
    [["dead", "list", "uid"], "list takes no uid"],
    [["dead", "list", "--all"], "The option --all cannot be used with list"],
    [["dead", "delete"], "The uids are missing"],
    [["dead", "delete", "--all", "uid"], "Both uids and --all are given"],
    [
      ["dead", "requeue", "--all", "--limit", "5"],
      "The option --limit cannot be used with requeue",
    ],
    [["clear"], 'This deletes all items of the queue "test" for good: add --yes'],
    [["completions"], "The shell is missing"],
    [["completions", "tcsh"], 'Unexpected argument "tcsh"'],
    [["completions", "bash", "--program", "a b"], 'The option --program is "a b"'],
  ] as const
) {
  Deno.test(`a wrong command line gets a message: "${args.join(" ")}"`, async () => {
    const { code, stdout, stderr } = await runCli([...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.startsWith(message), stderr);
    assert.match(stderr, /\n\nUsage: deno run /);
  });
}
