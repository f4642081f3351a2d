import type { Consumer } from "../consumers.ts";
import type { Column } from "./io/table.ts";
import { timeCell } from "./io/table_cells.ts";

/** The columns of a table of consumers. */
export const CONSUMER_COLUMNS: Column[] = [
  { title: "HOST", max: 30 },
  { title: "PID", right: true },
  { title: "NAME", max: 30 },
  { title: "IN-HAND", right: true },
  { title: "CONCURRENCY", right: true },
  { title: "SINCE" },
  { title: "LAST-SEEN" },
  { title: "ID" },
];

export function consumerRow(consumer: Consumer): string[] {
  const { id, host, pid, name, since, lastSeen, concurrency, inHand } = consumer;
  return [
    host ?? "-",
    String(pid ?? "-"),
    name ?? "-",
    String(inHand),
    String(concurrency),
    timeCell(since),
    timeCell(lastSeen),
    id,
  ];
}
