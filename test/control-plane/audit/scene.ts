import Database from "libsql";
import { generateKeyPairSync, sign } from "node:crypto";
import { createHash } from "node:crypto";
import { buildPointText } from "@palisade/neon/contract/auditChain";
import type { AuditPoint } from "@palisade/neon/contract/wire/audit";
import { AuditChain, type ChainPlace, type NewAuditEvent, type Stream } from "../../../control-plane/audit/chain.js";
import { MIGRATIONS } from "../../../control-plane/store/migrations.js";

/** Chains in memory, as the store has them, and a key that signs. */
export function openChain() {
  const database = new Database(":memory:");
  for (const sql of MIGRATIONS) database.exec(sql);
  database.exec("DROP TABLE former_audit");
  return { database, chain: new AuditChain((sql) => database.prepare(sql)) };
}

export type Signer = (place: ChainPlace, stream: Stream, type?: AuditPoint["type"]) => AuditPoint;

/** As the plane signs, with a key of its own each. */
export function createSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const der = publicKey.export({ type: "spki", format: "der" });
  const key = { public_key: der.toString("base64"), fingerprint: createHash("sha256").update(der).digest("hex") };
  return ({ seq, digest, at }, org_id, type = "audit-checkpoint") => {
    const point = { version: 1 as const, type, org_id, seq, digest, at };
    return { ...point, ...key, signature: sign(null, Buffer.from(buildPointText(point)), privateKey).toString("base64") };
  };
}

export const AT = "2026-01-01T00:00:00.000Z";

export const createChange = (id: string, at = AT, after: Record<string, unknown> = { id }): NewAuditEvent => ({
  type: "change",
  at,
  key_id: 1,
  owner: { type: "user", id: "x" },
  call: "POST /x",
  object: { kind: "member", id },
  after,
  request_id: "r",
  address: "127.0.0.1",
});

export const createConnection = (role: string, at = AT): NewAuditEvent => ({
  type: "connection",
  at,
  action: "connect",
  decision: "refused",
  reason: "password-failed",
  session: "00000000-0000-4000-8000-000000000000",
  address: "127.0.0.1",
  via: "public",
  endpoint_id: "ep-still-sea-a1111111",
  branch_id: "br-still-sea-a1111111",
  role,
});
