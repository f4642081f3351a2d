/**
 * How many turns of a promise to wait for a call that takes a batch along: whoever got the answer of one such call makes the
 * next within these. A turn takes less than a microsecond.
 */
const TURNS = 20;

/** About how long a batch waits for a call that takes it along. */
const LONGEST_WAIT_MS = 100;

/** How {@linkcode CallBatcher} joins calls. */
export interface CallBatcherOptions<Input, Output> {
  /** Carries out a batch; resolves to one output per input, in order. */
  run: (inputs: Input[]) => Promise<Output[]>;
  /** The maximum number of inputs in a batch. */
  maxCount: number;
  /** The maximum weight of a batch (see `weigh`). A heavier input goes alone. */
  maxWeight?: number;
  /** The weight of an input, for example in bytes. */
  weigh?: (input: Input) => number;
  /** Whether another call is about to take a batch along, see {@linkcode CallBatcher.takeAlong}: then none is sent. */
  canRide?: () => boolean;
  /** Called when no batch is under way any more. */
  onIdle?: () => void;
}

/** The inputs of one {@linkcode CallBatcher.callAll} that are in the same batch, and their outputs. */
export interface Part<Input, Output> {
  inputs: Input[];
  outputs: Promise<Output[]>;
}

/** All calls of a batch wait for one promise: a promise for each would cost more than the rest of its call. */
export interface Batch<Input, Output> extends PromiseWithResolvers<Output[]> {
  inputs: Input[];
  weight: number;
  /** Whether it must go in a call of its own. */
  goesAlone: boolean;
}

/**
 * Joins concurrent calls into batches. Calls of the same turn of the event loop go together at once. While a
 * batch is under way, further calls collect, and go together when it returns. There is no timer, so a call
 * never waits while nothing runs. Calls keep their order, and each settles with its batch.
 *
 * The next batch is sent before the callers of the last one get their answers. So they continue, and may call
 * again, while Redis works.
 */
export class CallBatcher<Input, Output> {
  readonly #options: CallBatcherOptions<Input, Output>;
  /** Batches that are not sent yet. The last one still takes inputs. */
  readonly #waiting: Batch<Input, Output>[] = [];
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CallBatcherOptions<Input, Output>) {
    this.#options = options;
  }

  /** Resolves to the output of this input. */
  async call(input: Input): Promise<Output> {
    const batch = this.#join(input);
    const index = batch.inputs.length - 1;
    return (await batch.promise)[index]!;
  }

  /** Calls with many inputs. Returns them in parts, one for each of their batches. */
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

  /** Whether a batch is under way, or about to be. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The next batch, if it has no more than `most` inputs, for a call of another kind that does its work, too, and settles it. */
  takeAlong(most: number): Batch<Input, Output> | undefined {
    const [next] = this.#waiting;
    if (next === undefined || next.goesAlone || next.inputs.length > most) return undefined;
    return this.#waiting.shift();
  }

  /** Sends a batch by itself after all: the call that took it along was refused. */
  sendAlone(batch: Batch<Input, Output>): void {
    batch.goesAlone = true;
    this.#waiting.unshift(batch);
    this.start();
  }

  /** Sends the batches that no other call took along. */
  start(): void {
    if (this.#waiting.length > 0) this.#running ??= this.#runAll();
  }

  /** Sends all batches by themselves: what they wait for is late, or something else must follow them. */
  hurry(): void {
    for (const batch of this.#waiting) batch.goesAlone = true;
    this.start();
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** Resolves when no call is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined || this.#waiting.length > 0) {
      await (this.#running ?? this.#waiting[0]!.promise.catch(() => {}));
    }
  }

  /** Adds an input to the end of the last batch, or to a new one if that is full. */
  #join(input: Input): Batch<Input, Output> {
    const { maxCount, maxWeight = Infinity, weigh = () => 0 } = this.#options;
    const weight = weigh(input);
    let batch = this.#waiting.at(-1);
    if (
      batch === undefined || batch.goesAlone || batch.inputs.length === maxCount ||
      batch.weight + weight > maxWeight
    ) {
      batch = { inputs: [], weight: 0, goesAlone: false, ...Promise.withResolvers<Output[]>() };
      this.#waiting.push(batch);
      this.start();
    }
    batch.inputs.push(input);
    batch.weight += weight;
    return batch;
  }

  async #runAll(): Promise<void> {
    await null; // the other calls of this turn join the first batch
    const { canRide } = this.#options;
    if (canRide !== undefined) {
      const lingers = () => this.#waiting[0]?.goesAlone === false && !canRide();
      for (let turn = 0; turn < TURNS && lingers(); turn++) await null;
    }
    let settle = () => {};
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      const outcome = this.#run(batch);
      settle();
      settle = await outcome;
    }
    this.#running = undefined;
    settle();
    this.#options.onIdle?.();
  }

  #next(): Batch<Input, Output> | undefined {
    const [next] = this.#waiting;
    if (next === undefined || next.goesAlone || !this.#options.canRide?.()) {
      return this.#waiting.shift();
    }
    this.#limitWait(next);
    return undefined;
  }

  /** Sees to it that `batch` does not wait long for a call that Redis does not answer. */
  #limitWait(batch: Batch<Input, Output>): void {
    if (this.#timer !== undefined) return;
    // A timer for each batch would cost too much: this one looks whether it is still the same that waits.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const [next] = this.#waiting;
      if (next === batch) this.hurry();
      else if (next !== undefined) this.#limitWait(next);
    }, LONGEST_WAIT_MS);
    Deno.unrefTimer(this.#timer);
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
