/** The value of an environment variable; `undefined` if it is not set, empty, or Deno may not read it. */
export async function environmentVariable(variable: string): Promise<string | undefined> {
  // Without the permission, Deno would ask the user for it, even if the variable is not set.
  const { state } = await Deno.permissions.query({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) || undefined : undefined;
}
