import { readFileSync } from "node:fs";
import { parseVerifier } from "@palisade/control-plane/dist/passwords/scram.js";
import { startBenchProxy } from "./proxyServer.js";

/** What a process of its own is told, as its first word. */
export interface ComputeAccess {
  socketPath: string;
  /** As Postgres keeps it. */
  verifier: string;
  /** Path of certificate and key without their endings. */
  pki: string;
}

/** The proxy over one compute, in a process of its own; prints its port. */
async function main({ socketPath, verifier, pki }: ComputeAccess): Promise<void> {
  const parsed = parseVerifier(verifier);
  if (!parsed) throw new Error("Postgres keeps no SCRAM verifier");
  const { port } = await startBenchProxy({
    ...{ socketPath, verifier: parsed, endpointId: "ep-bench", ips: ["127.0.0.0/8"] },
    tls: { key: readFileSync(`${pki}.key`, "utf8"), cert: readFileSync(`${pki}.crt`, "utf8") },
    log: (line) => {
      console.error(line);
    },
  });
  console.log(port);
}

void main(JSON.parse(process.argv[2] ?? "") as ComputeAccess);
