/**
 * The script of the pages, in plain JavaScript. It only adds to them: they renew themselves, times are told in the visitor's zone, and one
 * click ticks all items.
 */
export const SCRIPT = `"use strict";

const pulse = document.getElementById("pulse");
const url = document.body.dataset.live;
let source;

function say(state, text) {
  if (document.body.dataset.state === state) return;
  document.body.dataset.state = state;
  pulse.textContent = text;
}

// The markup is the server's, in which all that came from elsewhere is escaped.
function renew(pieces) {
  for (const [id, markup] of Object.entries(pieces)) {
    const piece = document.getElementById(id);
    // It may be of a queue that was not there when the page was made.
    if (piece === null) continue;
    // The place of the keyboard must not get lost, nor a click that is under way.
    if (piece.contains(document.activeElement) || piece.matches(":active")) continue;
    piece.innerHTML = markup;
    tellTimes(piece);
  }
}

function listen() {
  if (source !== undefined || document.hidden) return;
  source = new EventSource(url);
  source.addEventListener("pieces", (event) => {
    renew(JSON.parse(event.data));
    say("live", "Live");
  });
  source.addEventListener("trouble", (event) => say("trouble", event.data));
  source.addEventListener("again", () => {
    stop();
    listen();
  });
  source.addEventListener("error", () => {
    say("lost", source?.readyState === EventSource.CLOSED ? "Not live" : "Connecting");
  });
}

// A page that nobody sees asks for nothing. Browsers also allow few connections to a server at a time.
function stop() {
  source?.close();
  source = undefined;
}

if (url !== undefined) {
  listen();
  document.addEventListener("visibilitychange", () => document.hidden ? stop() : listen());
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && listen());
}

function tellTimes(within) {
  for (const time of within.querySelectorAll("time")) {
    time.title = new Date(time.dateTime).toLocaleString();
  }
}
tellTimes(document);

for (const place of document.querySelectorAll("thead .tick")) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "All items of this page");
  const ticks = place.closest("table").querySelectorAll("tbody .tick input");
  all.addEventListener("change", () => ticks.forEach((tick) => tick.checked = all.checked));
  place.append(all);
}

// What an action did is told once, not at each reload.
const address = new URL(location);
if (address.searchParams.has("did")) {
  for (const word of ["did", "count", "new"]) address.searchParams.delete(word);
  history.replaceState(null, "", address);
}
`;
