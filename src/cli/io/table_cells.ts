import { extractTimestamp, validate as isUuid7 } from "@std/uuid/v7";

const decoder = new TextDecoder();

/** An item as a cell of a table. Bytes that are not UTF-8 become replacement characters. */
export function itemCell(item: Uint8Array): string {
  return decoder.decode(item);
}

/** A time as a cell of a table. */
export function timeCell(time: Date): string {
  return time.toISOString();
}

/** When an item was put, as a cell of a table. A uid that the producer chose does not tell. */
export function putTimeCell(uid: string): string {
  return isUuid7(uid) ? timeCell(new Date(extractTimestamp(uid))) : "-";
}
