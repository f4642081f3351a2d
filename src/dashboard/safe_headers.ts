import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { secureHeaders } from "hono/secure-headers";

const SELF = ["'self'"];
const NONE = ["'none'"];

const secure = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: NONE,
    styleSrc: SELF,
    scriptSrc: SELF,
    imgSrc: SELF,
    connectSrc: SELF,
    formAction: SELF,
    baseUri: NONE,
    frameAncestors: NONE,
  },
  xFrameOptions: "DENY",
  // Browsers complain of it where there is no TLS.
  crossOriginOpenerPolicy: false,
  // Not "no-referrer": then older browsers do not tell the origin of a form.
  referrerPolicy: "same-origin",
  // That is for the site to decide of which the dashboard is a part.
  strictTransportSecurity: false,
});

const unstored: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
};

/**
 * The headers of every answer. The browser loads nothing but our own style sheet, script and icon, keeps no page, and shows none
 * in a frame of another site.
 */
export const safeHeaders: MiddlewareHandler = every(secure, unstored);
