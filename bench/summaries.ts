import type { Row } from "./results.ts";

/** One column of a summary. */
interface Column {
  heading: string;
  figure: string;
  /** What to show of the figure. Default: its median. */
  value?: (row: Row) => number | undefined;
}

/** Figures that the chart and the pages show side by side. */
interface Summary {
  title: string;
  columns: Column[];
}

/** One line of a summary, with a value for each column. */
export interface Line {
  of: string;
  values: (number | undefined)[];
}

const AT_ONCE = ["1", "10", "100"];
const CONSUMED = (atOnce: string) => `handle and ack, ${atOnce} at once`;

/** By the name that a page has for them. */
export const SUMMARIES: Record<string, Summary> = {
  consume: {
    title: "Items handled and acked in a second (more is better)",
    columns: AT_ONCE.map((n) => ({ heading: `${n} at once`, figure: CONSUMED(n) })),
  },
  order: {
    title: "Items handled and acked in a second, in order for each of 1,000 keys (more is better)",
    columns: AT_ONCE.map((n) => ({
      heading: `${n} at once`,
      figure: `handle in order, ${n} at once`,
    })),
  },
  produce: {
    title: "Items put in a second (more is better)",
    columns: ["1", "10", "1,000"].map((n) => ({
      heading: `${n} at once`,
      figure: `put, ${n} at once`,
    })),
  },
  latency: {
    title: "Milliseconds for an awaited put, and from put to an idle consumer (less is better)",
    columns: [
      { heading: "put, p50", figure: "awaited put p50" },
      { heading: "put, p99", figure: "awaited put p99" },
      { heading: "idle, p50", figure: "idle, put to handler p50" },
      { heading: "idle, p99", figure: "idle, put to handler p99" },
    ],
  },
  cpu: {
    title: "Microseconds of CPU time to handle and ack an item, 100 at once (less is better)",
    columns: [
      { heading: "consumer", figure: CONSUMED("100"), value: (row) => row.clientMicros },
      { heading: "Redis", figure: CONSUMED("100"), value: (row) => row.serverMicros },
    ],
  },
  memory: {
    title: "Bytes of Redis's memory for an item of 100 bytes (less is better)",
    columns: ["waiting", "in flight"].map((state) => ({
      heading: state,
      figure: `memory, ${state}`,
    })),
  },
  payloads: {
    title: "MB of large payloads in a second (more is better)",
    columns: ["put", "get and ack"].flatMap((call) =>
      ["1 KiB", "64 KiB", "1 MiB"].map((size) => ({
        heading: `${call}, ${size}`,
        figure: `${call}, ${size}`,
      }))
    ),
  },
};

/** The lines of a summary; none if it was not measured. */
export function linesOf({ columns }: Summary, rows: Row[]): Line[] {
  const isShown = ({ figure }: Row) => columns.some((column) => column.figure === figure);
  const names = new Set(rows.filter(isShown).map(({ of }) => of));
  return Array.from(names, (of) => ({
    of,
    values: columns.map(({ figure, value = ({ median }) => median }) => {
      const row = rows.find((row) => row.figure === figure && row.of === of);
      return row && value(row);
    }),
  }));
}
