import { randomBytes } from "node:crypto";
import type { HttpAnswer } from "../answer.js";
import { ec2Answer, ec2Error, element, linesOf, textIn, withBody } from "./xml.js";

/**
 * What ministack loses of network ACLs: the ports of an entry, and which subnets have which ACL. Both are state of this double. A subnet that was
 * given none is in the ACL `acl-default`, which stands for that of its VPC.
 */
export class NetworkAcls {
  /** By ACL, number and direction. */
  private readonly ports = new Map<string, string>();
  /** By subnet. */
  private readonly associations = new Map<string, { readonly id: string; readonly acl: string }>();

  /** @returns undefined for a call that is none of its business */
  async answer(operation: string, form: URLSearchParams, pass: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
    switch (operation) {
      case "CreateNetworkAclEntry":
        return this.createEntry(form, pass);
      case "ReplaceNetworkAclEntry":
        this.keepPorts(form);
        return pass();
      case "DeleteNetworkAclEntry":
        this.ports.delete(entryOf(form));
        return pass();
      case "DeleteNetworkAcl":
        return this.isUsed(form.get("NetworkAclId") ?? "")
          ? ec2Error("DependencyViolation", `networkAcl '${form.get("NetworkAclId") ?? ""}' has dependencies and cannot be deleted`)
          : pass();
      case "DescribeNetworkAcls":
        return form.get("Filter.1.Name") === "association.subnet-id" ? this.describeSubnet(form) : this.describe(await pass());
      case "ReplaceNetworkAclAssociation":
        return this.associate(form);
      default:
        return undefined;
    }
  }

  private createEntry(form: URLSearchParams, pass: () => Promise<HttpAnswer>): HttpAnswer | Promise<HttpAnswer> {
    if (this.ports.has(entryOf(form)))
      return ec2Error(
        "NetworkAclEntryAlreadyExists",
        `The network acl entry identified by ${form.get("RuleNumber") ?? ""} already exists.`,
      );
    this.keepPorts(form);
    return pass();
  }

  private keepPorts(form: URLSearchParams): void {
    const [from, to] = [form.get("PortRange.From"), form.get("PortRange.To")];
    this.ports.set(entryOf(form), from === null || to === null ? "" : element("portRange", element("from", from), element("to", to)));
  }

  private isUsed(acl: string): boolean {
    return [...this.associations.values()].some((one) => one.acl === acl);
  }

  private describe(answer: HttpAnswer): HttpAnswer {
    let [acl, rule] = ["", ""];
    const lines = linesOf(answer).map((line) => {
      acl = textIn(line, "networkAclId") ?? acl;
      rule = textIn(line, "ruleNumber") ?? rule;
      const egress = textIn(line, "egress");
      if (egress !== undefined) return `${line}${this.ports.get([acl, rule, egress].join(" ")) ?? ""}`;
      return textIn(line, "associationSet") === "" ? this.describeAssociations(acl) : line;
    });
    return withBody(answer, lines);
  }

  private describeAssociations(acl: string): string {
    const found = [...this.associations].filter(([, one]) => one.acl === acl);
    return element("associationSet", ...found.map(([subnet, { id }]) => describeAssociation(id, acl, subnet)));
  }

  private describeSubnet(form: URLSearchParams): HttpAnswer {
    const subnet = form.get("Filter.1.Value.1") ?? "";
    const { id, acl } = this.associations.get(subnet) ?? this.remember(subnet, "acl-default");
    const item = element("item", element("networkAclId", acl), element("associationSet", describeAssociation(id, acl, subnet)));
    return ec2Answer("DescribeNetworkAcls", element("networkAclSet", item));
  }

  private associate(form: URLSearchParams): HttpAnswer {
    const id = form.get("AssociationId") ?? "";
    const [subnet] = [...this.associations].find(([, one]) => one.id === id) ?? [];
    if (subnet === undefined) return ec2Error("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`);
    const made = this.remember(subnet, form.get("NetworkAclId") ?? "");
    return ec2Answer("ReplaceNetworkAclAssociation", element("newAssociationId", made.id));
  }

  private remember(subnet: string, acl: string): { readonly id: string; readonly acl: string } {
    const made = { id: `aclassoc-${randomBytes(8).toString("hex")}`, acl };
    this.associations.set(subnet, made);
    return made;
  }
}

const entryOf = (form: URLSearchParams): string =>
  [form.get("NetworkAclId") ?? "", form.get("RuleNumber") ?? "", form.get("Egress") ?? "false"].join(" ");

const describeAssociation = (id: string, acl: string, subnet: string): string =>
  element("item", element("networkAclAssociationId", id), element("networkAclId", acl), element("subnetId", subnet));
