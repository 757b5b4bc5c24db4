import { randomBytes } from "node:crypto";
import type { HttpAnswer } from "../httpAnswer.js";
import { formatEc2Answer, formatEc2Error, formatElement, splitLines, findText, replaceBody } from "./xml.js";

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
        this.recordPorts(form);
        return pass();
      case "DeleteNetworkAclEntry":
        this.ports.delete(buildEntryKey(form));
        return pass();
      case "DeleteNetworkAcl":
        return this.isUsed(form.get("NetworkAclId") ?? "")
          ? formatEc2Error("DependencyViolation", `networkAcl '${form.get("NetworkAclId") ?? ""}' has dependencies and cannot be deleted`)
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
    if (this.ports.has(buildEntryKey(form)))
      return formatEc2Error(
        "NetworkAclEntryAlreadyExists",
        `The network acl entry identified by ${form.get("RuleNumber") ?? ""} already exists.`,
      );
    this.recordPorts(form);
    return pass();
  }

  private recordPorts(form: URLSearchParams): void {
    const [from, to] = [form.get("PortRange.From"), form.get("PortRange.To")];
    this.ports.set(
      buildEntryKey(form),
      from === null || to === null ? "" : formatElement("portRange", formatElement("from", from), formatElement("to", to)),
    );
  }

  private isUsed(acl: string): boolean {
    return [...this.associations.values()].some((one) => one.acl === acl);
  }

  private describe(answer: HttpAnswer): HttpAnswer {
    let [acl, rule] = ["", ""];
    const lines = splitLines(answer).map((line) => {
      acl = findText(line, "networkAclId") ?? acl;
      rule = findText(line, "ruleNumber") ?? rule;
      const egress = findText(line, "egress");
      if (egress !== undefined) return `${line}${this.ports.get([acl, rule, egress].join(" ")) ?? ""}`;
      return findText(line, "associationSet") === "" ? this.describeAssociations(acl) : line;
    });
    return replaceBody(answer, lines);
  }

  private describeAssociations(acl: string): string {
    const found = [...this.associations].filter(([, one]) => one.acl === acl);
    return formatElement("associationSet", ...found.map(([subnet, { id }]) => describeAssociation(id, acl, subnet)));
  }

  private describeSubnet(form: URLSearchParams): HttpAnswer {
    const subnet = form.get("Filter.1.Value.1") ?? "";
    const { id, acl } = this.associations.get(subnet) ?? this.recordAssociation(subnet, "acl-default");
    const item = formatElement(
      "item",
      formatElement("networkAclId", acl),
      formatElement("associationSet", describeAssociation(id, acl, subnet)),
    );
    return formatEc2Answer("DescribeNetworkAcls", formatElement("networkAclSet", item));
  }

  private associate(form: URLSearchParams): HttpAnswer {
    const id = form.get("AssociationId") ?? "";
    const [subnet] = [...this.associations].find(([, one]) => one.id === id) ?? [];
    if (subnet === undefined) return formatEc2Error("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`);
    const made = this.recordAssociation(subnet, form.get("NetworkAclId") ?? "");
    return formatEc2Answer("ReplaceNetworkAclAssociation", formatElement("newAssociationId", made.id));
  }

  private recordAssociation(subnet: string, acl: string): { readonly id: string; readonly acl: string } {
    const made = { id: `aclassoc-${randomBytes(8).toString("hex")}`, acl };
    this.associations.set(subnet, made);
    return made;
  }
}

const buildEntryKey = (form: URLSearchParams): string =>
  [form.get("NetworkAclId") ?? "", form.get("RuleNumber") ?? "", form.get("Egress") ?? "false"].join(" ");

const describeAssociation = (id: string, acl: string, subnet: string): string =>
  formatElement(
    "item",
    formatElement("networkAclAssociationId", id),
    formatElement("networkAclId", acl),
    formatElement("subnetId", subnet),
  );
