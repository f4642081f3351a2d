import { sleep, waitFor } from "../../connection/time_limit.ts";
import { RedisReplyError, RedisUnavailableError } from "../../errors.ts";
import { type Key, keysIn } from "../io/keys.ts";
import { Screen, sizeOfScreen } from "../io/screen.ts";
import { stdinUntil } from "../io/stdin.ts";
import { print } from "../io/stdout.ts";
import type { Sampler } from "./sampler.ts";
import { type Inside, linesOf, type Shown } from "./screens.ts";
import type { Server } from "./server.ts";

/** What a {@linkcode LiveView} works with. */
export interface LiveViewOptions {
  server: Server;
  sampler: Sampler;
  /** Milliseconds between two counts. */
  intervalMs: number;
  stop: AbortSignal;
}

/** How many of the next items are looked at: as many as a large terminal has lines. */
const ITEMS = 50;
const PAGE = 10;
const LAST_FRAME_MS = 500;

/** The queues of a server on a terminal, again and again, until the user leaves. */
export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #left = new AbortController();
  readonly #end: AbortSignal;
  readonly #shown: Shown;
  /** Frames being written; a slow terminal misses some. */
  #drawing: Promise<void> | undefined;
  #hasChanged = false;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#end = AbortSignal.any([options.stop, this.#left.signal]);
    this.#shown = {
      address: options.server.address,
      queues: [],
      selected: undefined,
      inside: undefined,
      message: "",
      problem: undefined,
    };
  }

  /** Resolves when the user leaves, or `stop` aborts. */
  async run(): Promise<void> {
    // Before the screen is taken: what is wrong from the beginning ends the command.
    this.#learn(await this.#options.sampler.sample());
    using screen = new Screen();
    const draw = () => {
      this.#hasChanged = true;
      this.#drawing ??= this.#draw(screen);
    };
    const resized = onResize(draw);
    try {
      const keys = screen.hasKeys ? [this.#readKeys(draw)] : [];
      await Promise.race([...keys, this.#renew(draw)]);
    } catch (error) {
      if (!this.#end.aborted) throw error;
    } finally {
      this.#left.abort();
      resized.stop();
      // A frame must not come behind the end of the screen. A terminal may be halted, though.
      await waitFor(Promise.resolve(this.#drawing), { timeoutMs: LAST_FRAME_MS }).catch(() => {});
    }
  }

  async #renew(draw: () => void): Promise<void> {
    for (;;) {
      draw();
      await sleep(this.#options.intervalMs, this.#end);
      this.#end.throwIfAborted();
      this.#shown.problem = await this.#attempt(async () => {
        this.#learn(await this.#options.sampler.sample());
        await this.#look();
      });
    }
  }

  async #readKeys(draw: () => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stdinUntil(this.#end)) {
      for (const key of keysIn(decoder.decode(chunk, { stream: true }))) {
        if (key === "q" || key === "ctrl-c") return;
        this.#shown.message = "";
        this.#shown.message = await this.#attempt(() => this.#press(key)) ?? this.#shown.message;
        draw();
      }
    }
  }

  async #press(key: Key): Promise<void> {
    const { queues, selected, inside } = this.#shown;
    const name = inside?.name ?? selected;
    if (key === "p" || key === "r") {
      if (name !== undefined) await this.#pause(name, key === "p");
    } else if (inside !== undefined) {
      if (["escape", "left", "backspace", "h"].includes(key)) this.#shown.inside = undefined;
    } else if (["enter", "right", "l"].includes(key)) {
      if (name === undefined) return;
      this.#shown.inside = { name, consumers: [], items: [] };
      await this.#look();
    } else {
      const at = queues.findIndex((queue) => queue.name === selected);
      const next = Math.min(at + (MOVES[key] ?? 0), queues.length - 1);
      this.#shown.selected = queues[Math.max(next, 0)]?.name;
    }
  }

  async #pause(name: string, pauses: boolean): Promise<void> {
    const changed = await this.#options.server.pause(name, pauses);
    const quoted = JSON.stringify(name);
    this.#shown.message = pauses
      ? `${quoted} ${changed ? "is paused: consumers get nothing until r" : "was paused before"}`
      : `${quoted} ${changed ? "goes on" : "was not paused"}`;
    const { stats } = this.#shown.queues.find((queue) => queue.name === name) ?? {};
    if (stats !== undefined) stats.paused = pauses;
  }

  /** Looks into the queue that is open. */
  async #look(): Promise<void> {
    const { inside } = this.#shown;
    if (inside === undefined) return;
    const { server } = this.#options;
    const { name } = inside;
    const [consumers, items] = await Promise.all([
      server.consumers(name),
      server.peek(name, ITEMS),
    ]);
    const seen: Inside = { name, consumers, items };
    // The user may have left it meanwhile.
    if (this.#shown.inside?.name === name) this.#shown.inside = seen;
  }

  #learn(queues: Shown["queues"]): void {
    const { selected } = this.#shown;
    this.#shown.queues = queues;
    if (!queues.some(({ name }) => name === selected)) this.#shown.selected = queues[0]?.name;
  }

  /** Resolves to what Redis refuses, or that it is away: it may come back. */
  async #attempt(action: () => Promise<void>): Promise<string | undefined> {
    try {
      await action();
      return undefined;
    } catch (error) {
      const isOfRedis = error instanceof RedisUnavailableError || error instanceof RedisReplyError;
      if (!isOfRedis) throw error;
      return error.message;
    }
  }

  async #draw(screen: Screen): Promise<void> {
    try {
      while (this.#hasChanged && !this.#end.aborted) {
        this.#hasChanged = false;
        const size = { ...sizeOfScreen(), colors: !Deno.noColor };
        if (!await print(screen.frame(linesOf(this.#shown, size)))) this.#left.abort();
      }
    } catch {
      this.#left.abort(); // the terminal is gone
    } finally {
      this.#drawing = undefined;
    }
  }
}

const MOVES: Record<Key, number> = {
  ...{ up: -1, k: -1, down: 1, j: 1, "page up": -PAGE, "page down": PAGE },
  ...{ home: -Infinity, g: -Infinity, end: Infinity, G: Infinity },
};

/** Calls `draw` when the terminal gets another size. Windows does not tell. */
function onResize(draw: () => void): { stop: () => void } {
  if (Deno.build.os === "windows") return { stop: () => {} };
  Deno.addSignalListener("SIGWINCH", draw);
  return { stop: () => Deno.removeSignalListener("SIGWINCH", draw) };
}
