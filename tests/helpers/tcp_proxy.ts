/** What a client sends before its reply is cut, and how much of the reply gets through. */
export interface Cut {
  /** Whether this is the request whose reply is to be cut; gets what the client has just sent, as text. */
  request: (sent: string) => boolean;
  /** Bytes of the reply that get through; all of it where it is shorter. */
  pass: number;
}

interface PlannedCut extends Cut {
  done: (incomplete: boolean) => void;
}

/** A TCP proxy on loopback that does to its connections what a network may do. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  accepted = 0;
  /** Milliseconds for which the next piece of data is held back. */
  delay: () => number = () => 0;
  readonly #target: number;
  readonly #listener: Deno.TcpListener;
  readonly #links = new Set<Link>();
  readonly #ended: Promise<void>;
  #cut: PlannedCut | undefined;
  #freezesNew = false;
  #refuses = false;

  /** @param target Port of the server, on loopback. */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#ended = this.#accept();
  }

  /** Connections open at present. */
  get open(): number {
    return this.#links.size;
  }

  /** Cuts all connections. */
  cutAll(): void {
    for (const link of this.#links) link.close();
  }

  /** While set, new connections are closed at once. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  /** From now on nothing passes the connections of this moment, and, where `andNew`, those to come: half-open. */
  freeze({ andNew = false } = {}): void {
    this.#freezesNew = andNew;
    for (const link of this.#links) link.freeze();
  }

  /** Lets everything pass again; what was held back comes first. */
  thaw(): void {
    this.#freezesNew = false;
    for (const link of this.#links) link.thaw();
  }

  /**
   * Cuts the connection of the next request that fits in the middle of its reply; resolves when that has happened, to
   * whether a part of the reply was missing other than the end of its last line, without which it is whole to some
   * clients.
   */
  cutReply(cut: Cut): Promise<boolean> {
    return new Promise((done) => this.#cut = { ...cut, done });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cutAll();
    await this.#ended;
  }

  async #accept(): Promise<void> {
    const ends: Promise<void>[] = [];
    for await (const client of this.#listener) {
      this.accepted++;
      if (this.#refuses) client.close();
      else ends.push(this.#serve(client));
    }
    await Promise.all(ends);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      return client.close(); // a server that is away
    }
    const link = new Link(client, server);
    if (this.#freezesNew) link.freeze();
    this.#links.add(link);
    let cut: PlannedCut | undefined;
    await Promise.all([
      link.pump(client, server, async (data) => {
        await sleep(this.delay());
        if (cut === undefined && this.#cut?.request(decoder.decode(data))) {
          cut = this.#cut;
          this.#cut = undefined;
        }
        return data;
      }),
      link.pump(server, client, async (data) => {
        await sleep(this.delay());
        if (cut === undefined) return data;
        await client.write(data.subarray(0, cut.pass));
        link.close();
        cut.done(data.length - LINE_END > cut.pass);
        return undefined;
      }),
    ]);
    this.#links.delete(link);
  }
}

/** One connection through the proxy. */
class Link {
  readonly #ends: Deno.TcpConn[];
  #gate = Promise.resolve();
  #open: (() => void) | undefined;

  constructor(...ends: Deno.TcpConn[]) {
    this.#ends = ends;
  }

  /** Carries data, as `through` leaves it, until either end closes. */
  async pump(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    through: (data: Uint8Array) => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    try {
      const buffer = new Uint8Array(64 * 1024);
      for (;;) {
        const count = await from.read(buffer);
        await this.#gate;
        if (count === null) break;
        const data = await through(buffer.slice(0, count));
        if (data === undefined) break;
        for (let sent = 0; sent < data.length;) sent += await to.write(data.subarray(sent));
      }
    } catch {
      // One of the ends was closed meanwhile.
    }
    this.close();
  }

  freeze(): void {
    this.#open ??= (() => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#gate = promise;
      return resolve;
    })();
  }

  thaw(): void {
    this.#open?.();
    this.#open = undefined;
  }

  close(): void {
    this.thaw();
    for (const end of this.#ends.splice(0)) end.close();
  }
}

const decoder = new TextDecoder();
const LINE_END = "\r\n".length;

function sleep(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
}
