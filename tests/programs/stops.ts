// Asks for its stop signal and "ends" by itself, or waits for it; then it "lingers" or is "done": stops.ts HOW
import { stopSignal } from "../../mod.ts";

const [how] = Deno.args;
const stop = stopSignal();
if (how !== "ends") {
  const wait = setTimeout(() => {}, 60_000);
  stop.addEventListener("abort", () => {
    console.log(stop === stopSignal() ? "stopped" : "another signal");
    if (how === "done") clearTimeout(wait);
  });
  console.log("listens");
}
