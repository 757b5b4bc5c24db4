import { assertRoleArn, parsePrincipalArn } from "../../contract/customerKeys.js";

/** Who may do what with a key of AWS KMS. */
export interface KeyPolicyArgs {
  /** ARNs of users and roles of the key's account. */
  readonly administrators: readonly string[];
  /** The one role that may use the key, of the key's account. */
  readonly userRoleArn: string;
  /** The organisation at Neon whose data alone the key is for: part of the encryption context that a use must name. */
  readonly organizationId: string;
  /** The project at Neon, likewise. */
  readonly projectId: string;
}

/** Everything that administers a key, and nothing that uses it or gives its use away (no CreateGrant). */
export const ADMINISTRATION: readonly string[] = [
  ...["kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation"],
  ...["kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants"],
  ...["kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant"],
  ...["kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias"],
  "kms:UpdateKeyDescription",
];
const USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];

/**
 * The key's policy as JSON. No principal and no action has a wildcard; the resource is `*` because in a key's policy that is the key itself, and
 * AWS takes nothing else. Administration is delegated to the policies of the account as well, so that nobody is locked out when the
 * administrators are gone: it gives no use of the key, which is the one role's, for the one project's data.
 * @throws PAL_CMK_REFERENCE
 */
export function buildKeyPolicy({ administrators, userRoleArn, organizationId, projectId }: KeyPolicyArgs): string {
  assertRoleArn(userRoleArn);
  const { partition, account } = parsePrincipalArn(userRoleArn);
  for (const administrator of administrators) parsePrincipalArn(administrator);
  const allow = (Sid: string, AWS: string | readonly string[], Action: string | readonly string[], Condition?: object) => ({
    Sid,
    Effect: "Allow",
    Principal: { AWS },
    Action,
    Resource: "*",
    ...(Condition && { Condition }),
  });
  const ofProject = {
    StringEquals: { "kms:EncryptionContext:organization": organizationId, "kms:EncryptionContext:project": projectId },
  };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      allow("AccountDelegatesAdministration", `arn:${partition}:iam::${account}:root`, ADMINISTRATION),
      ...(administrators.length === 0 ? [] : [allow("Administrators", [...administrators], ADMINISTRATION)]),
      allow("UseForTheProject", userRoleArn, USE, ofProject),
      // A description has no encryption context.
      allow("DescribeForTheProject", userRoleArn, "kms:DescribeKey"),
    ],
  });
}
