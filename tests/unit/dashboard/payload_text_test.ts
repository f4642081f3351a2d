import assert from "node:assert/strict";
import { previewOf, readPayload } from "../../../src/dashboard/payload_text.ts";
import type { QueueEntry } from "../../../src/queue_entry.ts";

function entry(stored: string | Uint8Array, payload?: unknown): QueueEntry<unknown> {
  const bytes = typeof stored === "string" ? new TextEncoder().encode(stored) : stored;
  return { uid: "u", bytes, payload } as QueueEntry<unknown>;
}

function read(stored: string | Uint8Array, asked?: string) {
  return readPayload(entry(stored), "mails", undefined, asked);
}

Deno.test("an object in JSON is shown with indents, a text as it is, and bytes in hexadecimal digits", () => {
  assert.deepEqual(read('{"a":[1]}'), {
    ...{ forms: ["json", "text", "hex"], form: "json", isCut: false },
    text: '{\n  "a": [\n    1\n  ]\n}',
  });
  assert.deepEqual(read("17"), { forms: ["text", "hex"], form: "text", isCut: false, text: "17" });
  assert.deepEqual(read(Uint8Array.of(0xff, 0x41)), {
    ...{ forms: ["hex"], form: "hex", isCut: false },
    text: `00000000  ff 41${" ".repeat(43)} .A`,
  });
});

Deno.test("each form can be asked for that the payload has", () => {
  assert.equal(read("[1]", "text").text, "[1]");
  assert.match(read("[1]", "hex").text, /^00000000 {2}5b 31 5d /);
  assert.equal(read(Uint8Array.of(255), "json").form, "hex");
  assert.equal(read("[1]", "constructor").form, "json");
});

Deno.test("of a large payload the beginning is shown", () => {
  const large = "x".repeat(70_000);
  for (const form of ["text", "hex"]) assert.equal(read(large, form).isCut, true);
  assert.equal(read(large).text.length, 65_536);
});

Deno.test("a preview is short, on one line, and cuts no character", () => {
  assert.equal(previewOf(entry("a\n\tb"), "mails", undefined), "a b");
  const text = previewOf(entry(`${"x".repeat(159)}€`), "mails", undefined);
  assert.equal(text, "x".repeat(159));
  assert.equal(previewOf(entry(Uint8Array.of(0xff, 0)), "mails", undefined), "ff 00");
});

Deno.test("only what redact returns is shown", () => {
  const secret = entry("secret", { card: "secret" });
  const shown = (
    redact: (payload: unknown, item: unknown) => unknown,
    item = secret,
  ) => [readPayload(item, "mails", redact, "hex").text, previewOf(item, "mails", redact)];
  assert.deepEqual(shown(() => ({ card: "***" })), ['{\n  "card": "***"\n}', '{ "card": "***" }']);
  assert.deepEqual(shown((_, item) => JSON.stringify(item)), [
    '{"queue":"mails","uid":"u"}',
    '{"queue":"mails","uid":"u"}',
  ]);
  for (
    const [redact, item] of [
      [() => undefined],
      [() => {
        throw new Error("secret");
      }],
      [() => 17n],
      [() => "shown", entry("secret", undefined)],
    ] as const
  ) {
    for (const text of shown(redact, item)) assert.match(text, /^hidden/);
  }
});
