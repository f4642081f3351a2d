import { ASSETS } from "../assets/assets.ts";
import type { Router } from "../site.ts";

/** Style sheet, script and icon. A browser keeps them: their names change with what is in them. */
export function addAssets(router: Router): void {
  for (const { file, type, body } of Object.values(ASSETS)) {
    const headers = {
      "Content-Type": type,
      "Cache-Control": "private, max-age=31536000, immutable",
    };
    router.get(`/${file}`, (visitor) => visitor.body(body, 200, headers));
  }
}
