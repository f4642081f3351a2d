import { concat } from "./concat.ts";
import { isJson, textOf } from "./json_text.ts";

/** Makes the line, with its ending, that an item is printed as. */
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

/** A JSON object. An item that is not JSON is no reason to stop: it is printed as text, or else in base64. */
export function asJson(uid: string, item: Uint8Array): Uint8Array {
  const text = textOf(item);
  if (text === undefined) return objectLine(uid, "base64", encoder.encode(`"${item.toBase64()}"`));
  if (!isJson(text)) return objectLine(uid, "text", encoder.encode(JSON.stringify(text)));
  // As it is stored: a parser would round large numbers. Line breaks in it can only stand between its parts.
  return objectLine(uid, "item", item.map((byte) => byte === LF || byte === CR ? SPACE : byte));
}

function objectLine(uid: string, key: string, value: Uint8Array): Uint8Array {
  return concat([encoder.encode(`{"uid":${JSON.stringify(uid)},"${key}":`), value, OBJECT_END]);
}
