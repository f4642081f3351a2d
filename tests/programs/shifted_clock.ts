// A machine whose clock is wrong: shifted_clock.ts HOURS PROGRAM ARGUMENTS...
const [hours, program, ...args] = Deno.args;
const shift = Number(hours) * 3_600_000;
const [now, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];
Date.now = () => now() + shift;
performance.now = () => monotonic() + shift;
Object.defineProperty(Deno, "args", { value: args });
await import(`./${program}.ts`);
