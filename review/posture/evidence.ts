import { createHash } from "node:crypto";
import type { ApiCallAnswer } from "../../provider/client/transport.js";
import type { Question } from "./control.js";

/** One call, so that whoever doubts a line can make it again. */
export interface Evidence {
  /** 1 and up, in the order of question, path and time. */
  readonly id: number;
  /** RFC 3339: when it was answered. */
  readonly at: string;
  readonly method: string;
  /** Below the API's address, with the query. */
  readonly path: string;
  readonly status: number;
  /** SHA-256 of the answer's bytes, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly question: Question;
}

/** Notes every answer of the API by its digest: an answer itself is never kept. */
export class EvidenceLog {
  readonly #answers: Omit<Evidence, "id">[] = [];

  /** @param apiPath path of the API's address, which is left out */
  constructor(
    private readonly apiPath: string,
    private readonly now: () => number,
  ) {}

  note = ({ method, url, status, text }: ApiCallAnswer): void => {
    const path = `${url.pathname.startsWith(this.apiPath) ? url.pathname.slice(this.apiPath.length) : url.pathname}${url.search}`;
    const sha256 = createHash("sha256").update(text).digest("hex");
    const at = new Date(this.now()).toISOString();
    this.#answers.push({ at, method, path, status, sha256, bytes: Buffer.byteLength(text), question: classifyPath(path) });
  };

  list(): readonly Evidence[] {
    const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    return [...this.#answers]
      .sort((a, b) => compare(a.question, b.question) || compare(a.path, b.path) || compare(a.at, b.at))
      .map((answer, index) => ({ id: index + 1, ...answer }));
  }
}

/** The noun at the end of a path, and what it answers. */
const BY_NOUN: Readonly<Record<string, Question>> = {
  projects: "projects",
  branches: "branches",
  snapshots: "backups",
  backup_schedule: "backups",
  endpoints: "computes",
  vpc_endpoints: "vpcEndpoints",
  api_keys: "keys",
  members: "people",
  invitations: "people",
  permissions: "people",
  jwks: "jwks",
  customer_managed_key: "customerKeys",
  audit: "audit",
  organizations: "organization",
};

function classifyPath(path: string): Question {
  const parts = (path.split("?")[0] ?? "").split("/").filter(Boolean);
  if (parts.includes("vpc")) return "vpcEndpoints";
  const last = parts.at(-1) ?? "";
  const noun = BY_NOUN[last];
  if (noun !== undefined) return noun;
  // `/organizations/{id}`; everything else is one object that a stack declares.
  return parts.at(-2) === "organizations" ? "organization" : "resources";
}
