/** Severities of a finding, the most severe first. */
export const SEVERITIES = ["high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What it does to who can reach the data, or to the data itself. */
export type Direction = "opens" | "closes" | "neutral" | "destroys" | "unknown";
