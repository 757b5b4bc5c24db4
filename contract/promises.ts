/** What Neon promises of its security in public, row by row in our words, and the command of this repository that shows what became of it. */
export interface SecurityPromise {
  readonly row: number;
  readonly promise: string;
  /** Commands, as they are typed in a clone (`palisade` is `npx palisade`). */
  readonly shownBy: readonly string[];
  /** What this build does not show; absent where it shows all of it. */
  readonly missing?: string;
}

export const PROMISES: readonly SecurityPromise[] = [
  { row: 1, promise: "Every connection uses TLS; others are rejected", shownBy: ["palisade check-connection -", "npm run attacks"] },
  {
    row: 2,
    promise: "verify-full is what clients are told to use",
    shownBy: ["palisade connection-string", "palisade check-connection -"],
  },
  { row: 3, promise: "Clients find the root store of their system", shownBy: ["palisade connection-string", "palisade psql"] },
  { row: 4, promise: "Passwords of roles carry at least 60 bits", shownBy: ["npm run attacks", "npx jest test/control-plane/passwords"] },
  { row: 5, promise: "A proxy authenticates before Postgres spends a process", shownBy: ["npm run attacks", "npm run bench"] },
  { row: 6, promise: "IP Allow: addresses, ranges, CIDR", shownBy: ["palisade posture", "palisade scan", "palisade review"] },
  { row: 7, promise: "Protected branches: no deletion, no reset, new passwords for copies", shownBy: ["npm start", "palisade posture"] },
  {
    row: 8,
    promise: "Private networking by AWS PrivateLink (Azure is our extension)",
    shownBy: ["palisade attest-path", "palisade check-connection -"],
  },
  {
    row: 9,
    promise: "Inactive data is encrypted with AES-256",
    shownBy: ["palisade dev --seal all", "npx jest test/control-plane/computes"],
  },
  {
    row: 10,
    promise: "Keys in AWS KMS and Azure Key Vault, rotated, for named roles alone (our extension)",
    shownBy: ["palisade review", "palisade doctor"],
  },
  { row: 11, promise: "AWS or Azure, chosen for each project", shownBy: ["npm run programs", "npx jest test/components"] },
  {
    row: 12,
    promise: "Least privilege; few people with broad access",
    shownBy: ["palisade access-review", "palisade posture", "palisade scan", "npm run access"],
  },
  {
    row: 13,
    promise: "Extra access by request, approved, and recorded",
    shownBy: [
      "palisade approve",
      "palisade guard",
      "palisade approve-access",
      "npx jest test/data-plane/temporaryAccess.test.ts",
      "palisade enforce",
    ],
    missing: "at Neon, the proof of an approval of temporary access, its end without palisade enforce, and its statements",
  },
  {
    row: 14,
    promise: "Infrastructure as code, auditable; regular reviews of access",
    shownBy: ["palisade review", "palisade verdicts", "palisade access-review", "npm run gitops"],
  },
  {
    row: 15,
    promise: "Segmentation: only necessary traffic",
    shownBy: ["palisade review", "palisade posture", "npx jest test/components"],
  },
  {
    row: 16,
    promise: "Anomalies are detected and reported",
    shownBy: ["npm run anomalies", "palisade audit --type anomaly", "palisade drift", "npx jest test/engine/baselines.test.ts"],
    missing: "connections at Neon, whose API tells of none",
  },
  {
    row: 17,
    promise: "Access to data is logged: who, what, when, from where",
    shownBy: ["palisade audit --type connection", "palisade audit verify", "npx jest test/control-plane/audit", "palisade posture"],
    missing: "statements, but those of temporary access to an embedded plane",
  },
  {
    row: 18,
    promise: "Backups, kept for 30 days",
    shownBy: ["palisade backup drill", "palisade posture", "npx jest test/cli/backup", "npx jest test/components/backupStore.test.ts"],
  },
  {
    row: 19,
    promise: "Deletion and retention, erasure of a data subject's data",
    shownBy: ["palisade erase", "palisade verify-certificate"],
  },
  {
    row: 20,
    promise: "Vulnerabilities are put right within deadlines",
    shownBy: ["palisade posture --history posture-runs --findings findings.json", "npx jest test/review/posture/exportedFindings.test.ts"],
    missing: "a scanner: vulnerabilities are those that the clouds' own scanners export, of what bears the tags of a baseline",
  },
  {
    row: 21,
    promise: "SOC 2, ISO 27001, ISO 27701, GDPR, CCPA",
    shownBy: ["palisade posture --output json", "pulumi preview --policy-pack node_modules/@palisade/neon/policy-pack"],
  },
  {
    row: 22,
    promise: "security.txt after RFC 9116",
    shownBy: ["palisade security-txt --contact mailto:security@example.com --out security.txt", "npx jest test/cli/securityTxt.test.ts"],
  },
  { row: 23, promise: "Plans decide what an organisation may use", shownBy: ["palisade dev --plan free"] },
  { row: 24, promise: "All of it by pulumi up, in review, under drift detection", shownBy: ["npm run gitops", "palisade drift"] },
];
