import type { AnomalyEvent, AuditEvent } from "../../contract/wire/auditEvent.js";
import { ATTACK_SCRIPTS, type AttackScript } from "./attacks.js";
import { generateNormalMonth, WARM_UP_DAYS } from "./normalMonth.js";
import { DAY, START, toRows } from "./rows.js";

export type Finding = Pick<AnomalyEvent, "rule" | "severity" | "summary" | "evidence">;

/** The rules of the plane (control-plane/audit/anomalies), over one stream. */
export interface Detector {
  step(event: AuditEvent): readonly Finding[];
}

const SEVERITIES = ["low", "medium", "high"] as const;
const isAtLeast = (severity: Finding["severity"], least: Finding["severity"]): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);

/** What the rules say of one normal month: alarms are medium or high, notes are low. */
export interface MonthResult {
  readonly seed: number;
  readonly rows: number;
  readonly alarms: readonly Finding[];
  readonly notes: readonly Finding[];
}

export interface AttackResult {
  readonly script: AttackScript;
  readonly isFound: boolean;
}

/** The month without the weeks before it, which are to learn from. */
export function judgeMonth(seed: number, detector: Detector): MonthResult {
  const rows = toRows(generateNormalMonth(seed));
  const since = new Date(START + WARM_UP_DAYS * DAY).toISOString();
  const findings = rows.flatMap((row) => detector.step(row).filter(() => row.at >= since));
  const alarms = findings.filter(({ severity }) => isAtLeast(severity, "medium"));
  return { seed, rows: rows.length, alarms, notes: findings.filter((finding) => !alarms.includes(finding)) };
}

/** Each attack in a month of its own. @param create a detector that has seen nothing */
export function tryAttacks(seed: number, create: () => Detector): AttackResult[] {
  const month = generateNormalMonth(seed);
  return ATTACK_SCRIPTS.map((script) => {
    const detector = create();
    const findings = toRows([...month, ...script.rows]).flatMap((row) => detector.step(row));
    const isFound = findings.some(
      ({ rule, severity, summary }) => rule === script.rule && isAtLeast(severity, script.least) && summary.includes(script.about),
    );
    return { script, isFound };
  });
}
