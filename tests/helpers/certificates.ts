/** Files in PEM of a server's certificate, signed by a certificate authority that nobody else knows. */
export interface Certificates {
  /** The authority's own certificate, as text. */
  ca: string;
  caFile: string;
  certificateFile: string;
  keyFile: string;
}

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Makes certificates in the folder `dir` for the server's name `host`, as of `IP:127.0.0.1` or `DNS:localhost`. */
export async function makeCertificates(dir: string, host: string): Promise<Certificates> {
  const file = (name: string) => `${dir}/${name}`;
  const newKey = (name: string) => [
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", file(`${name}.key`), "-subj", `/CN=the ${name} of a test`],
  ];
  await openssl("req", "-x509", ...newKey("authority"), "-days", "2", "-out", file("authority"));
  await openssl("req", "-new", ...newKey("server"), "-out", file("request"));
  await Deno.writeTextFile(
    file("extensions"),
    `subjectAltName=${host}\nbasicConstraints=critical,CA:FALSE\n`,
  );
  await openssl(
    ...["x509", "-req", "-in", file("request"), "-extfile", file("extensions"), "-days", "2"],
    ...["-CA", file("authority"), "-CAkey", file("authority.key"), "-set_serial", "1"],
    ...["-out", file("server")],
  );
  return {
    ca: await Deno.readTextFile(file("authority")),
    caFile: file("authority"),
    certificateFile: file("server"),
    keyFile: file("server.key"),
  };
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdout: "null" }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
}
