import type { HttpAnswer } from "../httpAnswer.js";
import { formatEc2Error, formatElement, findFirstText, splitLines, parseList, findText, replaceBody } from "./xml.js";

/** What the owner of a service has said of an endpoint, in AWS' words. */
export type EndpointState = "pendingAcceptance" | "available" | "rejected" | "failed";

interface Endpoint {
  readonly service: string;
  readonly securityGroups: readonly string[];
  readonly privateDns: boolean;
}

/** Services that belong to another account, which accepts each endpoint or not. */
const OF_OTHERS = "com.amazonaws.vpce.";

/**
 * The acceptance of interface endpoints, which ministack lacks: an endpoint to a service of another account waits for its owner, private DNS is
 * refused before and kept after, and the groups of an endpoint are kept. All of that is state of this double; the rest is ministack's.
 */
export class EndpointAcceptance {
  private readonly endpoints = new Map<string, Endpoint>();

  /** @param stateOf what the owner of the service says of the endpoint, at each look */
  constructor(private readonly stateOf: (vpcEndpointId: string) => Promise<EndpointState>) {}

  /** @returns undefined for a call that is none of its business */
  async answer(operation: string, form: URLSearchParams, pass: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
    switch (operation) {
      case "CreateVpcEndpoint":
        return this.create(form, pass);
      case "DescribeVpcEndpoints":
        return this.describe(await pass());
      case "ModifyVpcEndpoint":
        return this.modify(form, pass);
      default:
        return undefined;
    }
  }

  private async create(form: URLSearchParams, pass: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const service = form.get("ServiceName") ?? "";
    const isPrivate = form.get("PrivateDnsEnabled") === "true";
    if (isPrivate && service.startsWith(OF_OTHERS)) return refusePrivateDns(service);
    const answer = await pass();
    const id = findFirstText(answer, "vpcEndpointId");
    if (id !== undefined) this.endpoints.set(id, { service, securityGroups: parseList(form, "SecurityGroupId"), privateDns: isPrivate });
    return answer;
  }

  private async describe(answer: HttpAnswer): Promise<HttpAnswer> {
    const lines: string[] = [];
    let id = "";
    for (const line of splitLines(answer)) {
      id = findText(line, "vpcEndpointId") ?? id;
      const endpoint = this.endpoints.get(id);
      const isState = findText(line, "state") !== undefined;
      lines.push(isState && endpoint !== undefined ? describeAcceptance(id, endpoint, await this.getCurrentState(id, endpoint)) : line);
    }
    return replaceBody(answer, lines);
  }

  private async modify(form: URLSearchParams, pass: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const id = form.get("VpcEndpointId") ?? "";
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) return pass();
    const asked = form.get("PrivateDnsEnabled");
    if (asked === "true" && (await this.getCurrentState(id, endpoint)) !== "available") return refusePrivateDns(endpoint.service);
    const removed = parseList(form, "RemoveSecurityGroupId");
    const kept = endpoint.securityGroups.filter((group) => !removed.includes(group));
    this.endpoints.set(id, {
      service: endpoint.service,
      securityGroups: [...new Set([...kept, ...parseList(form, "AddSecurityGroupId")])],
      privateDns: asked === null ? endpoint.privateDns : asked === "true",
    });
    return pass();
  }

  private getCurrentState(id: string, { service }: Endpoint): Promise<EndpointState> {
    return service.startsWith(OF_OTHERS) ? this.stateOf(id) : Promise.resolve("available");
  }
}

const refusePrivateDns = (service: string): HttpAnswer =>
  formatEc2Error(
    "InvalidParameter",
    `Private DNS can only be enabled after the endpoint connection is accepted by the owner of ${service}.`,
  );

function describeAcceptance(id: string, { service, securityGroups, privateDns }: Endpoint, state: EndpointState): string {
  const groups = securityGroups.map((group) => formatElement("item", formatElement("groupId", group), formatElement("groupName", group)));
  const [, , , region = ""] = service.split(".");
  const name = formatElement("dnsName", `${id}.${service.slice(service.lastIndexOf(".") + 1)}.${region}.vpce.amazonaws.com`);
  return [
    formatElement("state", state),
    formatElement("privateDnsEnabled", privateDns),
    formatElement("groupSet", ...groups),
    formatElement("dnsEntrySet", formatElement("item", name, formatElement("hostedZoneId", "Z0GATE"))),
  ].join("\n");
}
