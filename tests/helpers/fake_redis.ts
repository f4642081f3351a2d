/** What a {@linkcode FakeRedis} answers to a command: RESP as it goes over the wire, or nothing to stay silent. */
export type Answer = (command: string[], connection: number) => string | undefined;

/** A server that speaks just enough of Redis's protocol to give the answers of a server that a test cannot have. */
export class FakeRedis implements AsyncDisposable {
  /** 0 on a unix socket. */
  readonly port: number;
  readonly #listener: Deno.Listener;
  readonly #connections = new Set<Deno.Conn>();
  readonly #answer: Answer;
  readonly #ended: Promise<void>;

  /** @param path Of a unix socket, in place of a port. */
  constructor(answer: Answer, path?: string) {
    this.#answer = answer;
    this.#listener = path === undefined
      ? Deno.listen({ hostname: "127.0.0.1", port: 0 })
      : Deno.listen({ transport: "unix", path });
    const { addr } = this.#listener;
    this.port = "port" in addr ? addr.port : 0;
    this.#ended = this.#accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch {
        // Its stream has ended, and closed it.
      }
    }
    await this.#ended;
  }

  async #accept(): Promise<void> {
    const ends: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      ends.push(this.#serve(connection, ends.length + 1));
    }
    await Promise.all(ends);
  }

  async #serve(connection: Deno.Conn, number: number): Promise<void> {
    this.#connections.add(connection);
    try {
      let rest = "";
      for await (const data of connection.readable) {
        rest += decoder.decode(data);
        for (;;) {
          const { command, size } = readCommand(rest);
          if (command === undefined) break;
          rest = rest.slice(size);
          const answer = this.#answer(command, number);
          if (answer !== undefined) await connection.write(encoder.encode(answer));
        }
      }
    } catch {
      // Either side has closed.
    }
    this.#connections.delete(connection);
  }
}

/** One character for each byte: the arguments of scripts are not text. */
const decoder = new TextDecoder("latin1");
const encoder = new TextEncoder();

/** A bulk string as it goes over the wire. */
export function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** The first command of `text`, where it is complete. */
function readCommand(text: string): { command?: string[]; size: number } {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return { size: 0 };
  const command: string[] = [];
  let size = head[0].length;
  for (let i = 0; i < Number(head[1]); i++) {
    const length = /^\$(\d+)\r\n/.exec(text.slice(size));
    if (length === null) return { size: 0 };
    const start = size + length[0].length;
    size = start + Number(length[1]) + 2;
    if (size > text.length) return { size: 0 };
    command.push(text.slice(start, size - 2));
  }
  return { command, size };
}
