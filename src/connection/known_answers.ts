import type { Secrets } from "./secrets.ts";

// `{}` stands for one word that the server inserts: the name of a command, a user, a key or an address. `%`
// stands for the server's own name.
const ANSWERS = [
  "ASK {} {}",
  "BUSY % is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE",
  "CLUSTERDOWN Hash slot not served",
  "CLUSTERDOWN The cluster is down",
  "CLUSTERDOWN The cluster is down and only accepts read commands",
  "CROSSSLOT Keys in request don't hash to the same slot",
  "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
  "ERR Client sent AUTH, but no password is set",
  "ERR DB index is out of range",
  "ERR SELECT is not allowed in cluster mode",
  "ERR This instance has cluster support disabled",
  "ERR invalid DB index",
  "ERR invalid password",
  "ERR max number of clients + cluster connections reached",
  "ERR max number of clients reached",
  "ERR no such key",
  "ERR syntax error",
  "ERR unknown subcommand '{}'. Try {} HELP",
  "ERR value is not an integer or out of range",
  "ERR wrong number of arguments for '{}' command",
  "LOADING % is loading the dataset in memory",
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'",
  "MISCONF Errors writing to the AOF file: {} {} {} {} {}",
  "MISCONF % is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the % logs for details about the RDB error",
  "MISCONF % is configured to save RDB snapshots, but it is currently not able to persist on disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the % logs for details about the RDB error",
  "MOVED {} {}",
  "NOAUTH Authentication required",
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
  "NOPERM ACL failure in script: No permissions to access a key",
  "NOPERM ACL failure in script: User {} has no permissions to run the '{}' command",
  "NOPERM No permissions to access a key",
  "NOPERM The user executing the script can't access at least one of the keys mentioned in the command arguments",
  "NOPERM The user executing the script can't run this command or subcommand",
  "NOPERM User {} has no permissions to access the '{}' key",
  "NOPERM User {} has no permissions to run the '{}' command",
  "NOPERM this user has no permissions to access one of the keys used as arguments",
  "NOPERM this user has no permissions to run the '{}' command",
  "NOPERM this user has no permissions to run the '{}' command or its subcommand",
  "NOREPLICAS Not enough good replicas to write",
  "NOSCRIPT No matching script",
  "NOSCRIPT No matching script. Please use EVAL",
  "OOM command not allowed when used memory > 'maxmemory'",
  "READONLY You can't write against a read only replica",
  "TRYAGAIN Multiple keys request during rehashing of slot",
  "UNBLOCKED client unblocked via CLIENT UNBLOCK",
  "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
  "WRONGPASS invalid username-password pair or user is disabled",
  "WRONGTYPE Operation against a key holding the wrong kind of value",
];
/** The server quotes the arguments after it. Some servers take an argument for the command. */
const UNKNOWN_COMMAND = /^ERR unknown command ['`]([A-Za-z.|_-]{1,30})['`]/d;

/**
 * The first words of Redis's answers. What to do next depends on some of them, so they are shown even if a
 * secret contains them.
 */
export const KNOWN_CODES: ReadonlySet<string> = new Set(
  ANSWERS.map((answer) => answer.slice(0, answer.indexOf(" "))),
);

const PATTERNS = [
  UNKNOWN_COMMAND,
  ...ANSWERS.map((answer) => new RegExp(`${sourceOf(answer)}\\.?$`, "d")),
];

/**
 * Returns the answer in `text` if it is in Redis's own words. Inserted words that tell a secret are hidden.
 * Returns `undefined` for any other text.
 */
export function knownAnswer(text: string, secrets: Secrets): string | undefined {
  for (const pattern of PATTERNS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    let shown = "";
    let end = 0;
    for (const place of match.indices!.slice(1)) {
      const [first, last] = place!;
      shown += text.slice(end, first) + secrets.hideIn(text.slice(first, last));
      end = last;
    }
    return shown + match[0].slice(end);
  }
  return undefined;
}

function sourceOf(answer: string): string {
  const source = answer.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
  // Some servers quote with a backtick.
  return `^${
    source.replaceAll("'", "['`]").replaceAll("{}", "([^\\s'`]{1,200})")
      .replaceAll("%", "(?:Redis|Valkey|KeyDB)")
  }`;
}
