import type { Measure } from "../measure.ts";
import { autoclean } from "./autoclean.ts";
import { bulk } from "./bulk.ts";
import { cluster } from "./cluster.ts";
import { consume } from "./consume.ts";
import { growth } from "./growth.ts";
import { idle } from "./idle.ts";
import { limit } from "./limit.ts";
import { memory } from "./memory.ts";
import { order } from "./order.ts";
import { payloads } from "./payloads.ts";
import { processes } from "./processes.ts";
import { produce } from "./produce.ts";
import { put } from "./put.ts";
import { soak } from "./soak.ts";
import { telemetry } from "./telemetry.ts";

/** The measures by name, in the order of the table. */
export const MEASURES: Record<string, Measure> = {
  produce,
  bulk,
  consume,
  order,
  telemetry,
  cluster,
  put,
  idle,
  memory,
  growth,
  autoclean,
  processes,
  payloads,
  limit,
  soak,
};
