import type { ItemHeaders } from "../../headers.ts";
import { concat } from "./concat.ts";
import { isJson, textOf } from "./item_text.ts";

/** Makes the line, with its ending, in which an item is printed. */
export type LineOf = (uid: string, item: Uint8Array) => Uint8Array;

const encoder = new TextEncoder();
const LF = "\n".charCodeAt(0);
const CR = "\r".charCodeAt(0);
const SPACE = " ".charCodeAt(0);
const LINE_END = Uint8Array.of(LF);
const OBJECT_END = encoder.encode("}\n");

/** The uid, a space, and the item as it is. */
export function asText(uid: string, item: Uint8Array): Uint8Array {
  return concat([encoder.encode(`${uid} `), item, LINE_END]);
}

/** The item as it is, and nothing else. */
export function asRaw(_uid: string, item: Uint8Array): Uint8Array {
  return concat([item, LINE_END]);
}

/**
 * A JSON object of the uid, the fields of `more`, and the item. An item that is not JSON is printed as text, or in base64
 * if it is not text.
 */
export function asJson(uid: string, item: Uint8Array, more: object = {}): Uint8Array {
  const text = textOf(item);
  const start = JSON.stringify({ uid, ...more }).slice(0, -1);
  if (text === undefined) {
    return objectLine(start, "base64", encoder.encode(`"${item.toBase64()}"`));
  }
  if (!isJson(text)) return objectLine(start, "text", encoder.encode(JSON.stringify(text)));
  // As it is stored, since a parser would round large numbers. Line breaks in JSON stand only where spaces may stand.
  return objectLine(start, "item", item.map((byte) => byte === LF || byte === CR ? SPACE : byte));
}

/** The field of an item's headers, which only an item with some has. */
export function headersField(headers: ItemHeaders): { headers?: ItemHeaders } {
  return Object.keys(headers).length > 0 ? { headers } : {};
}

function objectLine(start: string, key: string, value: Uint8Array): Uint8Array {
  return concat([encoder.encode(`${start},"${key}":`), value, OBJECT_END]);
}
