/** The command line is wrong. */
export class UsageError extends Error {}

/** A command cannot do its work, for a reason that one line explains. */
export class CommandError extends Error {
  /** The exit code of the process. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
