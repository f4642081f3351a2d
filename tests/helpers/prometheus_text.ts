/** A sample of Prometheus's text format. */
export interface PrometheusSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads Prometheus's text format, version 0.0.4, as strictly as `promtool check metrics` does. Throws at what is wrong. */
export function parsePrometheusText(text: string): PrometheusSample[] {
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  const samples: PrometheusSample[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  let current = "";
  for (const line of text.split("\n").slice(0, -1)) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (helped.has(name)) throw new Error(`${name} is described twice`);
      helped.add(name);
      current = name;
    } else if (kind === "TYPE") {
      if (name !== current) throw new Error(`The type of ${name} does not follow its help`);
      if (!["gauge", "counter"].includes(rest)) throw new Error(`${name} is a ${rest}`);
      if ((rest === "counter") !== name.endsWith("_total")) throw new Error(`${name}: a ${rest}`);
      types.set(name, rest);
    } else {
      const sample = sampleOf(line);
      if (sample.name !== current || !types.has(current)) throw new Error(`Out of place: ${line}`);
      samples.push(sample);
    }
  }
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
  if (new Set(keys).size < keys.length) throw new Error("A sample comes twice");
  return samples;
}

function sampleOf(line: string): PrometheusSample {
  const [, name, labelText = "", value] =
    /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?[\d.e+]+)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`No sample: ${line}`);
  const labels: Record<string, string> = {};
  for (const [, label, text] of labelText.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[label!] = text!.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
  }
  return { name, labels, value: Number(value) };
}
