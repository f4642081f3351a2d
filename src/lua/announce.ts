import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { type Announcement, announcementArgs, presence, refusalOf } from "./parts/presence.ts";
import { script } from "./script.ts";

/**
 * Notes that an instance consumes, which has no autoclean pass to say it with.
 *
 * ARGV    1 to 4 announcement
 * Returns "OK", or the code of the error if Redis refuses the note
 */
const announceScript = script()`
${presence}
return announce(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
`;

const decoder = new TextDecoder();

/** Announces an instance; resolves to the code of an error, as {@linkcode presence} does. */
export async function announce(
  connection: SupervisedConnection,
  keys: QueueKeys,
  announcement: Announcement,
): Promise<{ refusal?: string | undefined }> {
  const reply = await announceScript.run(connection, keys, {
    args: announcementArgs(announcement),
    action: "say who consumes",
  });
  return { refusal: refusalOf(decoder.decode(reply)) };
}
