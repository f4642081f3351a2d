import { ICON } from "./icon.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** A file that the pages load. JSR takes no files but modules, so they are texts in modules. */
export interface Asset {
  /** Its name, with a hash of what is in it. */
  file: string;
  type: string;
  body: string;
}

/** All of them. */
export const ASSETS: Record<"style" | "script" | "icon", Asset> = {
  style: await assetOf("style", "css", "text/css; charset=utf-8", STYLE),
  script: await assetOf("script", "js", "text/javascript; charset=utf-8", SCRIPT),
  icon: await assetOf("icon", "svg", "image/svg+xml", ICON),
};

async function assetOf(name: string, ending: string, type: string, body: string): Promise<Asset> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  const hash = Array.from(
    new Uint8Array(digest, 0, 6),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return { file: `${name}-${hash.join("")}.${ending}`, type, body };
}
