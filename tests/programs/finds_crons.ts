// Loaded before a program: as a host that evaluates it only to find its cron jobs, it runs none, and serves nothing.
Object.defineProperty(Deno, "cron", { value: (name: string) => console.log("found:", name) });
Object.defineProperty(Deno, "serve", { value: () => ({ shutdown: () => Promise.resolve() }) });
