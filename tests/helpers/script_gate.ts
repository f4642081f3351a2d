/** Lets shell scripts tell that they run, and wait until the test opens the gate. */
export class ScriptGate implements AsyncDisposable {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<ScriptGate> {
    return new ScriptGate(await Deno.makeTempDir());
  }

  /** Commands for a script: they note its process id, and wait. */
  get wait(): string {
    const [directory, open] = [this.#directory, `${this.#directory}/open`];
    // Not for ever: if a test fails, it never opens the gate.
    return `echo $SRQ_UID > '${directory}/'$$; srq_i=0; ` +
      `while [ ! -e '${open}' ] && [ $((srq_i += 1)) -lt 1000 ]; do sleep 0.02; done`;
  }

  /** The process ids of the scripts that have come to the gate. */
  arrived(): number[] {
    return Array.from(Deno.readDirSync(this.#directory), ({ name }) => Number(name))
      .filter((pid) => !Number.isNaN(pid));
  }

  /** Lets all scripts go on, also those that come later. */
  async open(): Promise<void> {
    await Deno.writeTextFile(`${this.#directory}/open`, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Whether a process runs. */
export function isRunning(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
