import type { Kind } from "../../../../provider/resources/index.js";

/** What is broken in a sound program: the field it is about, the change, and what check answers. */
export type Case = [field: string, broken: Record<string, unknown>, property: string, reason: string];

/** For each kind a sound program, and cases that break one thing in it. */
export type Rejected = Partial<Record<Kind, { sound: Record<string, unknown>; cases: Case[] }>>;

/** What several kinds answer. */
export const NOT_AN_ID = "is not a project id such as quiet-lake-12345678";
export const BRANCH_ID = "is not a branch id such as br-wispy-sun-b343qpnf";
export const ORG_ID = "is not an organisation id such as org-morning-bread-81040908";
export const VPCE_ID = "is not a VPC endpoint id such as vpce-0a1b2c3d4e5f67890";
export const EMAIL = "is not an e-mail address such as ada@example.com";
export const TIME = "must be a time such as 2026-01-31T12:00:00Z";
export const CU = "must be at least 0.25 compute units";
export const LOW = 'must be at least 60 seconds, or "never"';

export const IN_BRANCH = { projectId: "quiet-lake-12345678", branchId: "br-dry-sun-12345678" };
export const IN_BRANCH_CASES: Case[] = [
  ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
  ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
];

export const RANGE_CASES: [unknown, string][] = [
  ["10.0.0.300", "10.0.0.300 is not an IPv4 address: write four decimal numbers from 0 to 255, such as 192.0.2.1"],
  ["10.0.0.0/33", "10.0.0.0/33 needs a whole number from 0 to 32 after the slash"],
  ["10.0.0.1-2001:db8::1", "10.0.0.1-2001:db8::1 mixes IPv4 and IPv6: write one range for each"],
  ["10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1 runs backwards: write 10.0.0.1-10.0.0.9"],
  [
    "10.0.0.5/24",
    "10.0.0.5/24 has host bits set: write 10.0.0.0/24 for the 256 addresses of that network, or 10.0.0.5 for the one address",
  ],
];

/** @param wrap the inputs with this size, and `at` the path to its fields */
export const sizeCases = (at: string, wrap: (size: Record<string, unknown>) => Record<string, unknown>): Case[] => {
  const rejected = (field: string, size: Record<string, unknown>, message: string): Case => [
    `${at}${field}`,
    wrap(size),
    `${at}${field}`,
    message,
  ];
  return [
    rejected("maxCu", { maxCu: 57 }, "must be at most 56 compute units"),
    rejected("minCu", { minCu: 2, maxCu: 1 }, "must not exceed maxCu"),
    rejected("minCu", { minCu: 18, maxCu: 20 }, "a compute above 16 compute units has a fixed size: minCu must be maxCu"),
    rejected("minCu", { minCu: 1, maxCu: 10 }, "must be at most 8 compute units below maxCu"),
    rejected(
      "suspendTimeoutSeconds",
      { minCu: 18, maxCu: 18, suspendTimeoutSeconds: 300 },
      'a compute above 16 compute units is never suspended: leave it out, or "never"',
    ),
  ];
};
