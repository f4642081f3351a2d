export type Unit = "items/s" | "MB/s" | "ms" | "bytes" | "µs" | "%" | "MB";

/** One figure that a run has found. */
export interface Reading {
  /** What was measured: "put, un-awaited". */
  figure: string;
  /** What of, where it is not the queue itself: "PING, same client". */
  of?: string;
  value: number;
  unit: Unit;
  /** CPU time of the process that ran the queue, in microseconds an item. */
  clientMicros?: number;
  /** CPU time of Redis, likewise. */
  serverMicros?: number;
}

/** Whether more of it is better. */
export function moreIsBetter(unit: Unit): boolean {
  return unit.endsWith("/s");
}
