/** The command line is wrong. */
export class UsageError extends Error {}

/** A command cannot do its work, for a reason that one line explains. */
export class CommandError extends Error {
  /** What the process exits with. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
