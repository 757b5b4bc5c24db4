import {
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from "@aws-sdk/client-iam";

/** Owners of access keys, taken from the answers that return keys as they pass the emulator. */
export class Identities {
  private readonly arns = new Map<string, string>();

  constructor(private readonly iam: IAMClient) {}

  /** Looks at an answer of CreateAccessKey or AssumeRole. */
  recordKeyOwner(action: string, xml: string, account: string): void {
    const key = findBetween(xml, "<AccessKeyId>", "</AccessKeyId>");
    if (key === undefined) return;
    if (action === "CreateAccessKey")
      this.arns.set(key, `arn:aws:iam::${account}:user/${findBetween(xml, "<UserName>", "</UserName>") ?? ""}`);
    const session = findBetween(xml, "<Arn>", "</Arn>");
    if (action === "AssumeRole" && session !== undefined) this.arns.set(key, session);
  }

  /** `undefined` for the administrator and for keys that the emulator did not see. */
  findArn(accessKeyId: string): string | undefined {
    return this.arns.get(accessKeyId);
  }

  /** What a policy may call the caller: a session is also its role. */
  listPrincipals(arn: string): string[] {
    const role = parseRole(arn);
    return role === undefined ? [arn] : [arn, `arn:aws:iam::${arn.split(":")[4] ?? ""}:role/${role}`];
  }

  /** The inline policies of the user or the role. */
  async listPolicies(arn: string): Promise<string[]> {
    const RoleName = parseRole(arn);
    if (RoleName !== undefined) {
      const { PolicyNames = [] } = await this.iam.send(new ListRolePoliciesCommand({ RoleName }));
      const policies = await Promise.all(
        PolicyNames.map((PolicyName) => this.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
      );
      return policies.map(({ PolicyDocument = "{}" }) => decodeURIComponent(PolicyDocument));
    }
    const UserName = arn.split(":user/")[1] ?? "";
    const { PolicyNames = [] } = await this.iam.send(new ListUserPoliciesCommand({ UserName }));
    const policies = await Promise.all(PolicyNames.map((PolicyName) => this.iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))));
    return policies.map(({ PolicyDocument = "{}" }) => decodeURIComponent(PolicyDocument));
  }
}

/** Of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
const parseRole = (arn: string): string | undefined => (arn.includes(":assumed-role/") ? arn.split("/")[1] : undefined);

function findBetween(text: string, start: string, end: string): string | undefined {
  const from = text.indexOf(start);
  const to = from < 0 ? -1 : text.indexOf(end, from + start.length);
  return to < 0 ? undefined : text.slice(from + start.length, to);
}
