import config from "../deno.json" with { type: "json" };

/** This package's version. JSR serves `deno.json` with the package. */
export const VERSION: string = config.version;
