export type Unit = "items/s" | "MB/s" | "ms" | "bytes" | "µs" | "%" | "MB";

/** One figure, as a run has measured it. */
export interface Reading {
  /** What was measured: "put, un-awaited". */
  figure: string;
  /** What it is a figure of, if not of the queue itself: "PING of its client". */
  of?: string;
  value: number;
  unit: Unit;
  /** CPU time of the process that ran the queue, in microseconds per item. */
  clientMicros?: number;
  /** CPU time of Redis, in microseconds per item. */
  serverMicros?: number;
}

/** Whether a higher figure is better. */
export function moreIsBetter(unit: Unit): boolean {
  return unit.endsWith("/s");
}
