/** This package's version, as in `deno.json`, which a package from a registry cannot read. */
export const VERSION = "0.1.0";
