import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { autoclean } from "../lua/autoclean.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { findOrphans } from "../lua/orphans.ts";
import { stats } from "../lua/stats.ts";
import { type DeadLetterLimits, sweep } from "../lua/sweep.ts";
import type { Claimer } from "./claimer.ts";
import { HeldKeys } from "./held_keys.ts";
import { LeaseCleaner } from "./lease_cleaner.ts";
import { OrphanFinder } from "./orphan_finder.ts";
import type { Presence } from "./presence.ts";
import { Sweeper } from "./sweeper.ts";

/** What the maintenance of a queue works with. */
export interface MaintenanceOptions {
  commands: SupervisedConnection;
  keys: QueueKeys;
  claimers: Claimer[];
  /** Says who consumes, along with each pass. */
  presence: Presence;
  /** Seconds. */
  lease: number;
  /** Seconds between two passes while no lease ends. */
  idleInterval: number;
  deadLetters: DeadLetterLimits;
  onError: (error: unknown) => void;
}

/**
 * What runs on the timer of autoclean: items whose lease is over are requeued, orphans are found, and what is left of items
 * that are gone is swept away.
 */
export function maintenanceOf(options: MaintenanceOptions): LeaseCleaner {
  const { commands, keys, claimers, presence, lease, idleInterval, deadLetters, onError } = options;
  const orphans = new OrphanFinder((search) => findOrphans(commands, keys, search));
  // Only who takes items decides how many dead letters are kept, and hears of those that hold up others.
  const consumes = () => claimers.some(({ count }) => count > 0);
  const sweeper = new Sweeper((isFirst) =>
    sweep(commands, keys, consumes() ? deadLetters : undefined, isFirst)
  );
  const heldKeys = new HeldKeys({
    read: async () => (await stats(commands, keys)).heldKeys,
    onError,
  });
  return new LeaseCleaner({
    clean: () => {
      const read = claimers.map(({ claimsRead }) => claimsRead).filter((read) =>
        read !== undefined
      );
      return presence.along((announcement) => autoclean(commands, keys, lease, read, announcement));
    },
    afterPass: async (step) => {
      await orphans.afterPass(step.surplus);
      await sweeper.afterPass(step);
      if (consumes()) await heldKeys.afterPass(step.held);
    },
    lease,
    idleInterval,
    onError,
  });
}
