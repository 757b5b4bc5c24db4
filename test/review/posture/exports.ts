/** Exports of findings, in the shapes of the public API references that review/posture/exportShapes.ts names. */

export const OWN_TAGS = { dataClass: "confidential", owner: "data-platform", retention: "400d" } as const;
const SEEN = "2024-11-01T08:00:00.123000+00:00";

export const exportOf = (name: string, items: readonly unknown[]): Record<string, unknown> => ({ [name]: items });

/** As `aws inspector2 list-findings` prints it. */
export const inspector = (more: Record<string, unknown> = {}) => ({
  findings: [
    {
      awsAccountId: "111122223333",
      description: "A flaw in a library.",
      findingArn: "arn:aws:inspector2:eu-central-1:111122223333:finding/0a1b2c3d4e5f60718293a4b5c6d7e8f9",
      firstObservedAt: SEEN,
      lastObservedAt: SEEN,
      packageVulnerabilityDetails: { vulnerabilityId: "CVE-2026-0001", source: "NVD", vulnerablePackages: [] },
      remediation: { recommendation: { text: "None Provided" } },
      resources: [
        {
          id: "arn:aws:lambda:eu-central-1:111122223333:function:tell",
          partition: "aws",
          region: "eu-central-1",
          tags: OWN_TAGS,
          type: "AWS_LAMBDA_FUNCTION",
        },
      ],
      severity: "HIGH",
      status: "ACTIVE",
      title: "CVE-2026-0001 - openssl",
      type: "PACKAGE_VULNERABILITY",
      updatedAt: SEEN,
      ...more,
    },
  ],
});

/** As `aws securityhub get-findings` prints it. */
export const asff = (more: Record<string, unknown> = {}) => ({
  Findings: [
    {
      SchemaVersion: "2018-10-08",
      Id: "arn:aws:securityhub:eu-central-1:111122223333:subscription/aws-foundational/S3.8/finding/0a1b",
      ProductArn: "arn:aws:securityhub:eu-central-1::product/aws/securityhub",
      GeneratorId: "aws-foundational/S3.8",
      AwsAccountId: "111122223333",
      CreatedAt: "2024-11-01T08:00:00.123Z",
      UpdatedAt: "2024-11-01T08:00:00.123Z",
      Severity: { Label: "HIGH", Normalized: 70 },
      Title: "S3.8 Buckets should block public access",
      Description: "It checks buckets.",
      Resources: [{ Type: "AwsS3Bucket", Id: "arn:aws:s3:::evidence", Partition: "aws", Region: "eu-central-1", Tags: OWN_TAGS }],
      Compliance: { Status: "FAILED" },
      Workflow: { Status: "NEW" },
      RecordState: "ACTIVE",
      ...more,
    },
  ],
});

interface AssessmentOptions {
  readonly changed?: string;
  readonly code?: unknown;
  readonly cause?: string;
  readonly severity?: string;
  readonly sub?: boolean;
  readonly form?: "az" | "REST" | "Resource Graph";
}

/** As `az security assessment list` prints it, or with `properties`, as the REST API and the Resource Graph do. */
export function assessment({ changed, code = "Unhealthy", cause, severity, sub = false, form = "az" }: AssessmentOptions = {}) {
  const group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data";
  const resourceId = `${group}/providers/Microsoft.KeyVault/vaults/evidence`;
  const name = "21300918-b2e3-0346-785f-c77ff57d243b";
  const head = {
    id: `${resourceId}/providers/Microsoft.Security/assessments/${name}${sub ? "/subAssessments/1621" : ""}`,
    name,
    type: `Microsoft.Security/assessments${sub ? "/subAssessments" : ""}`,
  };
  const body = {
    displayName: "Key vaults should have purge protection",
    resourceDetails: { id: resourceId, source: "Azure" },
    ...(sub
      ? { status: { code, cause, severity }, timeGenerated: "2024-11-01T08:00:00.1234567Z" }
      : { status: { code, cause, description: null, statusChangeDate: changed }, metadata: severity === undefined ? null : { severity } }),
  };
  const flat = [{ ...head, ...body }];
  const whole = [{ ...head, properties: body }];
  return {
    resourceId,
    file: { az: flat, REST: { value: whole, nextLink: null }, "Resource Graph": { data: whole, skip_token: null } }[form],
  };
}
