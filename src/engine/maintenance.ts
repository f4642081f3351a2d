import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { autoclean } from "../lua/autoclean.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { findOrphans } from "../lua/orphans.ts";
import { type DeadLetterLimits, sweep } from "../lua/sweep.ts";
import type { Claimer } from "./claimer.ts";
import { LeaseCleaner } from "./lease_cleaner.ts";
import { OrphanFinder } from "./orphan_finder.ts";
import { Sweeper } from "./sweeper.ts";

/** What the maintenance of a queue works with. */
export interface MaintenanceOptions {
  commands: SupervisedConnection;
  keys: QueueKeys;
  claimers: Claimer[];
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
  const { commands, keys, claimers, lease, idleInterval, deadLetters, onError } = options;
  const orphans = new OrphanFinder((search) => findOrphans(commands, keys, search));
  // Only who takes items decides how many dead letters are kept.
  const sweeper = new Sweeper(() =>
    sweep(commands, keys, claimers.some(({ hasClaimed }) => hasClaimed) ? deadLetters : undefined)
  );
  return new LeaseCleaner({
    clean: () => {
      const read = claimers.map(({ claimsRead }) => claimsRead).filter((read) =>
        read !== undefined
      );
      return autoclean(commands, keys, lease, read);
    },
    afterPass: async (step) => {
      await orphans.afterPass(step.surplus);
      await sweeper.afterPass(step);
    },
    lease,
    idleInterval,
    onError,
  });
}
