import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListPolicyVersionsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { KindDouble } from "../providerDouble.js";
import { findText, isAlike, type Properties } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { computeTagChanges, refreshRecorded, toTags } from "./refresh.js";
import { allowOnly, refuseInvalidJson } from "./validation.js";

const SESSION_SECONDS = 3_600;
const makeName = (name: string, random: string): string => `${name}-${random.slice(0, 7)}`;
const toTagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
/** IAM answers policies encoded as in an address. */
const decode = (text: string | undefined): string | undefined => (text === undefined ? undefined : decodeURIComponent(text));
const readTags = (list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) => {
  const tags = Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  return { tags, tagsAll: tags };
};

/** `aws:iam/role:Role` by calls of IAM. */
export const createRoleKind = (iam: IAMClient): KindDouble => ({
  replacedBy: ["name"],
  autoName: { input: "name", make: makeName },
  defaults: { maxSessionDuration: SESSION_SECONDS },
  validate: (inputs) => [
    ...allowOnly("assumeRolePolicy", "description", "maxSessionDuration", "name", "permissionsBoundary", "tags")(inputs),
    ...refuseInvalidJson("assumeRolePolicy", inputs),
  ],
  create: async (inputs) => {
    const RoleName = findText(inputs["name"]) ?? "";
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: findText(inputs["assumeRolePolicy"]),
        Description: findText(inputs["description"]),
        MaxSessionDuration: Number(inputs["maxSessionDuration"]),
        PermissionsBoundary: findText(inputs["permissionsBoundary"]),
        Tags: toTagList(toTags(inputs["tags"])),
      }),
    );
    return RoleName;
  },
  read: async (RoleName) => {
    const role = (await ignoreNotFound(iam.send(new GetRoleCommand({ RoleName }))))?.Role;
    return (
      role && {
        arn: role.Arn,
        assumeRolePolicy: decode(role.AssumeRolePolicyDocument),
        description: role.Description,
        maxSessionDuration: role.MaxSessionDuration,
        name: role.RoleName,
        permissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
        uniqueId: role.RoleId,
        ...readTags(role.Tags),
      }
    );
  },
  update: async (RoleName, inputs, live) => {
    const MaxSessionDuration = Number(inputs["maxSessionDuration"]);
    await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration, Description: findText(inputs["description"]) ?? "" }));
    const PolicyDocument = findText(inputs["assumeRolePolicy"]);
    if (!isAlike(PolicyDocument, live["assumeRolePolicy"])) await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    const PermissionsBoundary = findText(inputs["permissionsBoundary"]);
    if (PermissionsBoundary !== undefined) await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    else if (live["permissionsBoundary"] !== undefined) await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
    if (removed.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys: removed }));
    if (Object.keys(set).length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags: toTagList(set) }));
  },
  delete: async (RoleName) => {
    await ignoreNotFound(iam.send(new DeleteRoleCommand({ RoleName })));
  },
  refreshInputs: refreshRecorded,
});

/** `aws:iam/rolePolicy:RolePolicy` by calls of IAM. */
export const createRolePolicyKind = (iam: IAMClient): KindDouble => {
  const parse = (id: string) => ({ RoleName: id.split(":")[0] ?? "", PolicyName: id.split(":")[1] ?? "" });
  const put = async (id: string, { policy }: Properties): Promise<string> => {
    await iam.send(new PutRolePolicyCommand({ ...parse(id), PolicyDocument: findText(policy) }));
    return id;
  };
  return {
    replacedBy: ["name", "role"],
    autoName: { input: "name", make: makeName },
    validate: (inputs) => [...allowOnly("name", "policy", "role")(inputs), ...refuseInvalidJson("policy", inputs)],
    create: (inputs) => put(`${findText(inputs["role"]) ?? ""}:${findText(inputs["name"]) ?? ""}`, inputs),
    read: async (id) => {
      const { RoleName, PolicyName } = parse(id);
      const found = await ignoreNotFound(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
      return found && { name: PolicyName, policy: decode(found.PolicyDocument), role: RoleName };
    },
    update: async (id, inputs) => {
      await put(id, inputs);
    },
    delete: async (id) => {
      await ignoreNotFound(iam.send(new DeleteRolePolicyCommand(parse(id))));
    },
    refreshInputs: refreshRecorded,
  };
};

/** `aws:iam/policy:Policy` by calls of IAM. A change is a new version, and the one before goes. */
export const createPolicyKind = (iam: IAMClient): KindDouble => ({
  replacedBy: ["description", "name"],
  autoName: { input: "name", make: makeName },
  validate: (inputs) => [...allowOnly("description", "name", "policy", "tags")(inputs), ...refuseInvalidJson("policy", inputs)],
  create: async (inputs) => {
    const call = {
      PolicyName: findText(inputs["name"]),
      Description: findText(inputs["description"]),
      PolicyDocument: findText(inputs["policy"]),
      Tags: toTagList(toTags(inputs["tags"])),
    };
    return (await iam.send(new CreatePolicyCommand(call))).Policy?.Arn ?? "";
  },
  read: async (PolicyArn) => {
    const policy = (await ignoreNotFound(iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy;
    if (policy === undefined) return undefined;
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: policy.DefaultVersionId }));
    const own = { arn: PolicyArn, description: policy.Description, name: policy.PolicyName, policyId: policy.PolicyId };
    return { ...own, policy: decode(PolicyVersion?.Document), ...readTags(policy.Tags) };
  },
  update: async (PolicyArn, inputs, live) => {
    const PolicyDocument = findText(inputs["policy"]);
    if (!isAlike(PolicyDocument, live["policy"])) {
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
      await deleteVersions(iam, PolicyArn);
    }
    const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
    if (removed.length > 0) await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: removed }));
    if (Object.keys(set).length > 0) await iam.send(new TagPolicyCommand({ PolicyArn, Tags: toTagList(set) }));
  },
  delete: async (PolicyArn) => {
    await ignoreNotFound(deleteVersions(iam, PolicyArn));
    await ignoreNotFound(iam.send(new DeletePolicyCommand({ PolicyArn })));
  },
  refreshInputs: refreshRecorded,
});

/** All but the one that holds. */
async function deleteVersions(iam: IAMClient, PolicyArn: string): Promise<void> {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  for (const { VersionId, IsDefaultVersion } of Versions)
    if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
}
