import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import { BoundedMap } from "./boundedMap.js";
import { FailedLogins } from "./failedLogins.js";
import { type Candidate, DAY_MS, type Finding, type Rule } from "./finding.js";
import { KeyNetworks } from "./keyNetworks.js";
import { ListOpened } from "./listOpened.js";
import { RoleHabits } from "./roleHabits.js";

const MOST_TOLD = 8_192;
const GROWTH = 10;

/**
 * All rules over the rows of one stream. It reads no clock and keeps nothing but its state, so the same rows give the same findings: whoever
 * starts again gives it the rows that are kept, and drops what it finds until the row it had come to.
 */
export class AnomalyDetector {
  private readonly rules: readonly Rule[] = [new FailedLogins(), new RoleHabits(), new KeyNetworks(), new ListOpened()];
  private readonly told = new BoundedMap<string, { readonly at: number; readonly size: number; readonly severity: Finding["severity"] }>(
    MOST_TOLD,
  );

  /**
   * What this row shows, with those before it. Rows come in their order, each once; those of type `anomaly` say nothing. The same finding comes
   * again after a day, or earlier when it has grown tenfold or become more severe.
   */
  step(event: AuditEvent): readonly Finding[] {
    const at = Date.parse(event.at);
    return this.rules
      .flatMap((rule) => rule.step(event))
      .filter((candidate) => this.isNew(candidate, at))
      .map(({ subject: _, size: __, ...finding }) => ({ ...finding, ...(event.project_id && { project_id: event.project_id }) }));
  }

  private isNew({ rule, subject, size, severity }: Candidate, at: number): boolean {
    const name = `${rule} ${subject}`;
    const told = this.told.get(name);
    if (told !== undefined && at - told.at < DAY_MS && size < told.size * GROWTH && SEVERITY[severity] <= SEVERITY[told.severity])
      return false;
    this.told.set(name, { at, size, severity });
    return true;
  }
}

const SEVERITY = { low: 0, medium: 1, high: 2 } as const satisfies Record<Finding["severity"], number>;
