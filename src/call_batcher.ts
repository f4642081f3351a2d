/** How {@linkcode CallBatcher} joins calls. */
export interface CallBatcherOptions<Input, Output> {
  /** Carries out a batch; resolves to one output per input, in order. */
  run: (inputs: Input[]) => Promise<Output[]>;
  /** Most calls that go together. */
  maxCount: number;
  /** Most weight (see `weigh`) that goes together; a heavier call goes alone. */
  maxWeight?: number;
  /** What a call weighs, say in bytes. */
  weigh?: (input: Input) => number;
  /** What a call rejects with when its batch failed; by default, what the batch did. */
  blame?: (error: unknown, input: Input) => unknown;
}

interface Call<Input, Output> {
  input: Input;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
}

/** So many calls are worth two batches: fewer go together sooner than Redis would answer the first half. */
const WORTH_HALVING = 256;

/**
 * Joins concurrent calls into batches: what is called in the same turn goes together at once, and while one batch is
 * under way further calls collect and go together when it returns. No timer, so nothing waits when nothing runs. Calls
 * keep their order, and each settles with its batch.
 *
 * The next batch is under way before the callers of the last one learn of their answers: what they do then, calling again
 * for one, goes on while Redis works. So that there is a next batch, the first of many calls leaves half of them to it.
 */
export class CallBatcher<Input, Output> {
  readonly #options: CallBatcherOptions<Input, Output>;
  #waiting: Call<Input, Output>[] = [];
  /** Where the calls not yet taken begin: cutting the front off a long array again and again would be slow. */
  #next = 0;
  #running: Promise<void> | undefined;

  constructor(options: CallBatcherOptions<Input, Output>) {
    this.#options = options;
  }

  /** Resolves to the output of this call. */
  call(input: Input): Promise<Output> {
    const promise = new Promise<Output>((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
    });
    this.#running ??= this.#runAll();
    return promise;
  }

  /** Resolves when no call is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #runAll(): Promise<void> {
    await null; // the other calls of this turn join the first batch
    const count = this.#waiting.length - this.#next;
    let most = count < WORTH_HALVING ? count : Math.ceil(count / 2);
    let settle = () => {};
    while (this.#next < this.#waiting.length) {
      const outcome = this.#run(this.#takeBatch(most));
      settle();
      settle = await outcome;
      most = Infinity;
    }
    this.#running = undefined;
    settle();
  }

  /** Carries out a batch; resolves to a function that settles its calls. */
  async #run(batch: Call<Input, Output>[]): Promise<() => void> {
    try {
      const outputs = await this.#options.run(batch.map((call) => call.input));
      if (outputs.length !== batch.length) {
        throw new RangeError(`A batch of ${batch.length} calls got ${outputs.length} answers`);
      }
      return () => batch.forEach(({ resolve }, i) => resolve(outputs[i]!));
    } catch (error) {
      const { blame = () => error } = this.#options;
      return () => batch.forEach(({ input, reject }) => reject(blame(error, input)));
    }
  }

  #takeBatch(most: number): Call<Input, Output>[] {
    const { maxCount, maxWeight = Infinity, weigh = () => 0 } = this.#options;
    const start = this.#next;
    const last = Math.min(this.#waiting.length, start + Math.min(most, maxCount));
    let end = start;
    let weight = 0;
    while (end < last) {
      weight += weigh(this.#waiting[end]!.input);
      if (weight > maxWeight && end > start) break;
      end++;
    }
    const batch = this.#waiting.slice(start, end);
    this.#next = end;
    if (end === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return batch;
  }
}
