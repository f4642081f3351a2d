/** Whether the machine has a program that succeeds with `args`. */
export async function hasProgram(name: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args }).output()).success;
  } catch {
    return false;
  }
}
