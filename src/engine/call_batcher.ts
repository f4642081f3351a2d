/** How {@linkcode CallBatcher} joins calls. */
export interface CallBatcherOptions<Input, Output> {
  /** Carries out a batch; resolves to one output per input, in order. */
  run: (inputs: Input[]) => Promise<Output[]>;
  /** Most inputs that go together. */
  maxCount: number;
  /** Most weight (see `weigh`) that goes together; a heavier input goes alone. */
  maxWeight?: number;
  /** What an input weighs, say in bytes. */
  weigh?: (input: Input) => number;
}

/** Inputs of one call that go together, and what becomes of them. */
export interface Part<Input, Output> {
  inputs: Input[];
  outputs: Promise<Output[]>;
}

/** All calls of a batch wait for one promise: one for each would cost more than the rest of its call. */
interface Batch<Input, Output> extends PromiseWithResolvers<Output[]> {
  inputs: Input[];
  weight: number;
}

/**
 * Joins concurrent calls into batches: what is called in the same turn goes together at once, and while one batch is
 * under way further calls collect and go together when it returns. No timer, so nothing waits when nothing runs. Calls
 * keep their order, and each settles with its batch.
 *
 * The next batch is under way before the callers of the last one learn of their answers: what they do then, calling again
 * for one, goes on while Redis works.
 */
export class CallBatcher<Input, Output> {
  readonly #options: CallBatcherOptions<Input, Output>;
  /** Batches to come; the last of them is still open. */
  readonly #waiting: Batch<Input, Output>[] = [];
  #running: Promise<void> | undefined;

  constructor(options: CallBatcherOptions<Input, Output>) {
    this.#options = options;
  }

  /** Resolves to the output of this input. */
  async call(input: Input): Promise<Output> {
    const batch = this.#join(input);
    const index = batch.inputs.length - 1;
    return (await batch.promise)[index]!;
  }

  /** Calls for each of many inputs; returns them in parts, one for each batch that they are in. */
  callAll(inputs: Input[]): Part<Input, Output>[] {
    const parts: Part<Input, Output>[] = [];
    let last: Batch<Input, Output> | undefined;
    for (const input of inputs) {
      const batch = this.#join(input);
      if (batch !== last) {
        const start = batch.inputs.length - 1;
        const part: Part<Input, Output> = {
          inputs: [],
          outputs: batch.promise.then((all) => all.slice(start, start + part.inputs.length)),
        };
        parts.push(part);
        last = batch;
      }
      parts.at(-1)!.inputs.push(input);
    }
    return parts;
  }

  /** Resolves when no call is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Adds an input to the batch that is still open, or to a new one where that has no room; it is the batch's last. */
  #join(input: Input): Batch<Input, Output> {
    const { maxCount, maxWeight = Infinity, weigh = () => 0 } = this.#options;
    const weight = weigh(input);
    let batch = this.#waiting.at(-1);
    if (
      batch === undefined || batch.inputs.length === maxCount || batch.weight + weight > maxWeight
    ) {
      batch = { inputs: [], weight: 0, ...Promise.withResolvers<Output[]>() };
      this.#waiting.push(batch);
      this.#running ??= this.#runAll();
    }
    batch.inputs.push(input);
    batch.weight += weight;
    return batch;
  }

  async #runAll(): Promise<void> {
    await null; // the other calls of this turn join the first batch
    let settle = () => {};
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      const outcome = this.#run(batch);
      settle();
      settle = await outcome;
    }
    this.#running = undefined;
    settle();
  }

  /** Carries out a batch; resolves to a function that settles its calls. */
  async #run({ inputs, resolve, reject }: Batch<Input, Output>): Promise<() => void> {
    try {
      const outputs = await this.#options.run(inputs);
      if (outputs.length !== inputs.length) {
        throw new RangeError(`A batch of ${inputs.length} calls got ${outputs.length} answers`);
      }
      return () => resolve(outputs);
    } catch (error) {
      return () => reject(error);
    }
  }
}
