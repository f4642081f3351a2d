import { clear } from "./clear.ts";
import type { Command } from "./command.ts";
import { completionsOf } from "./completions.ts";
import { consumer } from "./consumer.ts";
import { dead } from "./dead.ts";
import { demo } from "./demo.ts";
import { pause } from "./pause.ts";
import { peek } from "./peek.ts";
import { producer } from "./producer.ts";
import { resume } from "./resume.ts";
import { stats } from "./stats.ts";
import { worker } from "./worker.ts";

/** All commands by name, in the order of the help. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(Object.entries({
  producer,
  consumer,
  worker,
  stats,
  peek,
  dead,
  pause,
  resume,
  clear,
  completions: completionsOf(() => COMMANDS),
  demo,
}));
