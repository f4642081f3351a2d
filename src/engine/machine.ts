/** The machine's name, if Deno may tell it without asking anybody. */
export function hostOfMachine(): string | undefined {
  try {
    const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
    return state === "granted" ? Deno.hostname() : undefined;
  } catch {
    return undefined; // a host that has no such thing
  }
}
