import { clear } from "./commands/clear.ts";
import type { Command } from "./command.ts";
import { completionsOf } from "./commands/completions.ts";
import { consumers } from "./commands/consumers.ts";
import { consumer } from "./commands/consumer.ts";
import { dead } from "./commands/dead.ts";
import { demo } from "./commands/demo.ts";
import { pause } from "./commands/pause.ts";
import { peek } from "./commands/peek.ts";
import { producer } from "./commands/producer.ts";
import { resume } from "./commands/resume.ts";
import { stats } from "./commands/stats.ts";
import { top } from "./commands/top.ts";
import { worker } from "./commands/worker.ts";

/** All commands by name, in the order of the help. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(Object.entries({
  producer,
  consumer,
  worker,
  stats,
  top,
  consumers,
  peek,
  dead,
  pause,
  resume,
  clear,
  completions: completionsOf(() => COMMANDS),
  demo,
}));
