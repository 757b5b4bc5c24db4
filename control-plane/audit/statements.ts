import { StatementReader } from "../proxy/statementReader.js";
import type { TemporarySession } from "../proxy/backend.js";
import { findOpenAccess } from "../services/temporaryAccess.js";
import type { AuditTrail, AuditTrailOptions } from "./auditTrail.js";
import { loadNormalizer, type NormalizeStatement } from "./normalizeStatement.js";

/** Takes what a client sends, piece by piece. */
export type StatementTap = (bytes: Buffer) => void;

/** Writes rows of type `statement` for sessions of temporary roles, and looks at no byte of any other. */
export class StatementRecorder {
  private normalizer: Promise<NormalizeStatement | undefined> | undefined;

  constructor(
    private readonly options: Pick<AuditTrailOptions, "store" | "clock" | "log">,
    private readonly trail: Pick<AuditTrail, "append">,
  ) {}

  /** Awaited before the session begins, so that no statement of it is missed. */
  async open({ session, branchId, projectId, role }: TemporarySession): Promise<StatementTap | undefined> {
    const { store, clock } = this.options;
    const stream = store.transact((tx) =>
      findOpenAccess(tx, branchId, role) ? (tx.get("project", projectId)?.org_id ?? null) : undefined,
    );
    if (stream === undefined) return undefined;
    const normalize = await (this.normalizer ??= this.load());
    const reader = new StatementReader(({ bytes, length }) => {
      const statement = bytes && normalize?.(bytes);
      this.trail.append(stream, {
        type: "statement",
        at: new Date(clock.now()).toISOString(),
        project_id: projectId,
        session,
        branch_id: branchId,
        role,
        ...(statement !== undefined && { statement }),
        length,
      });
    });
    return (chunk) => {
      reader.push(chunk);
    };
  }

  private async load(): Promise<NormalizeStatement | undefined> {
    const found = await loadNormalizer();
    if (found === undefined)
      this.options.log({
        level: "warn",
        event: "statements-not-normalised",
        message: "statements of temporary access are recorded as their length only: npm install @libpg-query/parser",
      });
    return found;
  }
}
