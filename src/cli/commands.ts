import { clear } from "./commands/clear.ts";
import type { Command } from "./command.ts";
import { completionsOf } from "./commands/completions.ts";
import { consumers } from "./commands/consumers.ts";
import { consumer } from "./commands/consumer.ts";
import { dead } from "./commands/dead.ts";
import { deleteItems } from "./commands/delete.ts";
import { demo } from "./commands/demo.ts";
import { exportItems } from "./commands/export.ts";
import { find } from "./commands/find.ts";
import { importItems } from "./commands/import.ts";
import { list } from "./commands/list.ts";
import { move } from "./commands/move.ts";
import { pause } from "./commands/pause.ts";
import { peek } from "./commands/peek.ts";
import { promote } from "./commands/promote.ts";
import { producer } from "./commands/producer.ts";
import { resume } from "./commands/resume.ts";
import { serve } from "./commands/serve.ts";
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
  find,
  list,
  delete: deleteItems,
  promote,
  dead,
  pause,
  resume,
  clear,
  move,
  export: exportItems,
  import: importItems,
  serve,
  completions: completionsOf(() => COMMANDS),
  demo,
}));
