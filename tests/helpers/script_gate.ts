/** Lets a shell's script tell that it runs, and wait until the test lets it go on. */
export class ScriptGate implements AsyncDisposable {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<ScriptGate> {
    return new ScriptGate(await Deno.makeTempDir());
  }

  /** For a script: tells that it has come here, under its process id, and waits. */
  get wait(): string {
    const [directory, open] = [this.#directory, `${this.#directory}/open`];
    // Not for ever: where a test fails, nobody lets them go on.
    return `echo $SRQ_UID > '${directory}/'$$; srq_i=0; ` +
      `while [ ! -e '${open}' ] && [ $((srq_i += 1)) -lt 1000 ]; do sleep 0.02; done`;
  }

  /** The process ids of those that have come. */
  arrived(): number[] {
    return Array.from(Deno.readDirSync(this.#directory), ({ name }) => Number(name))
      .filter((pid) => !Number.isNaN(pid));
  }

  /** Lets all go on, those that come later too. */
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
