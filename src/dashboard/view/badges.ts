import type { QueueStats } from "../../queue_stats.ts";
import { countText } from "./figures.ts";
import { type Html, html, NOTHING } from "./html.ts";

/** What is unusual about a queue, in a word. */
export function badges(stats: QueueStats): Html {
  const { paused, held, waiting, heldKeys, consumers } = stats;
  return html`${
    paused
      ? html`
        <span class="badge caution">paused</span>
      `
      : NOTHING
  }${
    consumers === 0
      ? html`
        <span class="badge ${waiting > 0 ? "caution" : ""}">nobody consumes</span>
      `
      : NOTHING
  }${
    held > 0
      ? html`<span class="badge alarm" title="${heldKeys.join(", ")}">${countText(held)} order ${
        held === 1 ? "key" : "keys"
      } held up</span>`
      : NOTHING
  }`;
}
