import { PalisadeError } from "../../contract/errors.js";
import { AuditPoint, AuditRow } from "../../contract/wire/audit.js";
import { buildPointText } from "../../contract/auditChain.js";
import { parseJson } from "../../contract/values.js";
import { readInputChunks, readInputFile } from "../inputFile.js";
import { findSignatureFault } from "../planeSignature.js";
import type { AuditApi } from "./auditApi.js";
import { type ChainReport, ChainVerifier, type KeptHead } from "./chainVerifier.js";

/** A line may hold a document twice; ours. */
const MAX_LINE_LENGTH = 32 * 1024 ** 2;
/** Rows may be pruned while they are read; then all is read again. */
const ATTEMPTS = 3;

/** As `palisade audit head --output json` has written it. @throws PAL_AUDIT_HEAD where it is none, or was changed */
export async function readKeptHead(path: string): Promise<AuditPoint> {
  const text = await readInputFile("--head-file", path);
  const read = AuditPoint.safeParse(parseJson(text));
  if (!read.success || read.data.type !== "audit-head") throw new PalisadeError("PAL_AUDIT_HEAD", path);
  const fault = findSignatureFault(buildPointText(read.data), read.data);
  if (fault !== undefined) throw new PalisadeError("PAL_AUDIT_HEAD", `${path}: ${fault}`);
  return read.data;
}

/** All rows of a stream as a plane answers them. */
export async function verifyPlane(api: AuditApi, kept: KeptHead | undefined): Promise<ChainReport> {
  assertSameStream(kept, [api.orgId]);
  for (let attempt = 1; ; attempt++) {
    const { head, checkpoint } = await api.readHead();
    const verifier = new ChainVerifier(api.orgId, { source: "plane" });
    if (checkpoint) verifier.addCheckpoint(checkpoint);
    for await (const { rows } of api.readPages(0)) for (const row of rows) verifier.add(row);
    const report = verifier.finish(kept, head);
    if (report.findings.length === 0 || attempt === ATTEMPTS) return report;
    const { checkpoint: later } = await api.readHead();
    if (later?.seq === checkpoint?.seq) return report;
  }
}

/** Lines of rows and checkpoints, as `palisade audit --output json` and exports write them, of one stream or of several; `-` is standard input. */
export async function verifyFile(path: string, kept: KeptHead | undefined): Promise<ChainReport[]> {
  const verifiers = new Map<string | null, ChainVerifier>();
  const get = (stream: string | null) => {
    const found = verifiers.get(stream) ?? new ChainVerifier(stream, { source: "file" });
    verifiers.set(stream, found);
    return found;
  };
  const unreadable: number[] = [];
  let number = 0;
  for await (const line of readLines(path)) {
    number += 1;
    if (line.trim() === "") continue;
    const value = parseJson(line);
    const [point, row] = [AuditPoint.safeParse(value), AuditRow.safeParse(value)];
    if (point.success) get(point.data.org_id).addCheckpoint(point.data);
    else if (row.success) get(typeof row.data["org_id"] === "string" ? row.data["org_id"] : null).add(row.data);
    else unreadable.push(number);
  }
  const streams = [...verifiers.keys()];
  const first = verifiers.get(kept?.org_id ?? null) ?? verifiers.get(streams[0] ?? null) ?? get(kept?.org_id ?? null);
  for (const line of unreadable) first.addUnreadable(line);
  assertSameStream(kept, streams);
  return [...verifiers].map(([stream, verifier]) => verifier.finish(isHeadOf(stream, verifier) ? kept : undefined));

  /** A digest alone is of the stream that has it; where none has, of each. */
  function isHeadOf(stream: string | null, verifier: ChainVerifier): boolean {
    if (kept?.org_id !== undefined) return kept.org_id === stream;
    const digest = kept?.digest ?? "";
    return verifier.hasDigest(digest) || ![...verifiers.values()].some((each) => each.hasDigest(digest));
  }
}

function assertSameStream(kept: KeptHead | undefined, streams: readonly (string | null)[]): void {
  if (kept?.org_id === undefined || streams.length === 0 || streams.includes(kept.org_id)) return;
  const name = (stream: string | null) => stream ?? "the plane itself";
  throw new PalisadeError(
    "PAL_USAGE",
    `the head that was kept is of ${name(kept.org_id)}, the rows are of ${streams.map(name).join(", ")}`,
  );
}

async function* readLines(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of readInputChunks("--file", path)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_LENGTH) throw new PalisadeError("PAL_USAGE", `--file: ${path} has a line that is longer than any row`);
    yield* lines;
  }
  if (rest !== "") yield rest;
}
