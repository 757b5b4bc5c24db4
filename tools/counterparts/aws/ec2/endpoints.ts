import type { HttpAnswer } from "../answer.js";
import { ec2Error, element, firstText, linesOf, listIn, textIn, withBody } from "./xml.js";

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
 * The handshake of interface endpoints, which ministack has not: an endpoint to a service of another account waits for its owner, private DNS is
 * refused before and kept after, and the groups of an endpoint are kept. All of that is state of this double; the rest is ministack's.
 */
export class EndpointHandshake {
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
    const id = firstText(answer, "vpcEndpointId");
    if (id !== undefined) this.endpoints.set(id, { service, securityGroups: listIn(form, "SecurityGroupId"), privateDns: isPrivate });
    return answer;
  }

  private async describe(answer: HttpAnswer): Promise<HttpAnswer> {
    const lines: string[] = [];
    let id = "";
    for (const line of linesOf(answer)) {
      id = textIn(line, "vpcEndpointId") ?? id;
      const endpoint = this.endpoints.get(id);
      const isState = textIn(line, "state") !== undefined;
      lines.push(isState && endpoint !== undefined ? describeHandshake(id, endpoint, await this.currentState(id, endpoint)) : line);
    }
    return withBody(answer, lines);
  }

  private async modify(form: URLSearchParams, pass: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const id = form.get("VpcEndpointId") ?? "";
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) return pass();
    const asked = form.get("PrivateDnsEnabled");
    if (asked === "true" && (await this.currentState(id, endpoint)) !== "available") return refusePrivateDns(endpoint.service);
    const removed = listIn(form, "RemoveSecurityGroupId");
    const kept = endpoint.securityGroups.filter((group) => !removed.includes(group));
    this.endpoints.set(id, {
      service: endpoint.service,
      securityGroups: [...new Set([...kept, ...listIn(form, "AddSecurityGroupId")])],
      privateDns: asked === null ? endpoint.privateDns : asked === "true",
    });
    return pass();
  }

  private currentState(id: string, { service }: Endpoint): Promise<EndpointState> {
    return service.startsWith(OF_OTHERS) ? this.stateOf(id) : Promise.resolve("available");
  }
}

const refusePrivateDns = (service: string): HttpAnswer =>
  ec2Error("InvalidParameter", `Private DNS can only be enabled after the endpoint connection is accepted by the owner of ${service}.`);

function describeHandshake(id: string, { service, securityGroups, privateDns }: Endpoint, state: EndpointState): string {
  const groups = securityGroups.map((group) => element("item", element("groupId", group), element("groupName", group)));
  const [, , , region = ""] = service.split(".");
  const name = element("dnsName", `${id}.${service.slice(service.lastIndexOf(".") + 1)}.${region}.vpce.amazonaws.com`);
  return [
    element("state", state),
    element("privateDnsEnabled", privateDns),
    element("groupSet", ...groups),
    element("dnsEntrySet", element("item", name, element("hostedZoneId", "Z0GATE"))),
  ].join("\n");
}
