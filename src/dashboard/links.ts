/** The addresses of the pages. Names and uids may be any text, "..", too: so they are in the query. */
export class Links {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  overview(): string {
    return `${this.#base}/`;
  }

  consumers(): string {
    return `${this.#base}/consumers`;
  }

  metrics(): string {
    return `${this.#base}/metrics`;
  }

  health(): string {
    return `${this.#base}/health`;
  }

  queue(name: string, query: Record<string, string | undefined> = {}): string {
    return this.#with("queue", { name, ...query });
  }

  item(name: string, uid: string, query: Record<string, string | undefined> = {}): string {
    return this.#with("item", { name, uid, ...query });
  }

  /** The events that renew a page. */
  live(page: string, query: Record<string, string | undefined> = {}): string {
    return this.#with("live", { page, ...query });
  }

  asset(file: string): string {
    return `${this.#base}/${file}`;
  }

  #with(path: string, query: Record<string, string | undefined>): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, value);
    }
    return `${this.#base}/${path}?${parameters}`;
  }
}
