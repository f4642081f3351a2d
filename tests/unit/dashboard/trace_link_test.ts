import assert from "node:assert/strict";
import { traceLink } from "../../../src/dashboard/trace_link.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const TEMPLATE = "https://tempo.example.org/trace/{traceId}?from={traceId}";

Deno.test("a traceparent leads to its trace, and nothing else does", () => {
  assert.equal(
    traceLink(PARENT, TEMPLATE),
    `https://tempo.example.org/trace/${TRACE}?from=${TRACE}`,
  );
  assert.equal(traceLink(PARENT, undefined), undefined);
  for (
    const none of [undefined, "", "x", `00-${TRACE}`, `00-${"<".repeat(32)}-00f067aa0ba902b7-01`]
  ) {
    assert.equal(traceLink(none, TEMPLATE), undefined);
  }
});
