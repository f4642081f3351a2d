import { fill, type Measure } from "../measure.ts";
import { timePuts } from "../time_puts.ts";

export const bulk: Measure = {
  summary: "puts with one call for 1,000 items",
  queues: ["saferedisqueue", "saferedisqueue-unix", "bullmq", "bee-queue", "streams"],
  run: (bench) => timePuts({ ...bench, atOnce: 1_000 }, "put, 1,000 a call", fill),
};
