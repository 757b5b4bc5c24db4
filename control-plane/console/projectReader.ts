import { BranchesPage, type Branch } from "@palisade/neon/contract/wire/branch";
import { type Endpoint, EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import type { ProjectFacts } from "@palisade/neon/contract/wire/project";
import { type VpcEndpoint, VpcEndpointsResponse } from "@palisade/neon/contract/wire/vpcEndpoint";
import { Refusal } from "../domain/refusals.js";
import type { ApiReader } from "./apiReader.js";
import type { Network } from "./reach.js";

/** A project with what decides who reaches it. */
export interface SeenProject {
  readonly branches: readonly Branch[];
  readonly computes: readonly Endpoint[];
  readonly restrictions: readonly VpcEndpoint[];
  /** Of the organisation in the project's region; undefined where this key does not see them. */
  readonly assigned: readonly VpcEndpoint[] | undefined;
  readonly network: Network;
}

type Project = Pick<ProjectFacts, "id" | "org_id" | "region_id" | "settings">;

/** For one page: what an organisation has in a region is read once. */
export class ProjectReader {
  private readonly assigned = new Map<string, Promise<readonly VpcEndpoint[] | undefined>>();

  constructor(private readonly reader: ApiReader) {}

  /** Undefined where it has gone since it was listed. */
  async read(project: Project): Promise<SeenProject | undefined> {
    try {
      return await this.readAll(project);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return undefined;
      throw error;
    }
  }

  private async readAll({ id, org_id: orgId, region_id: regionId, settings }: Project): Promise<SeenProject> {
    const { reader } = this;
    const params = { project_id: id };
    const { branches } = await reader.read(BranchesPage, "/projects/:project_id/branches", params, { sort_by: "name", sort_order: "asc" });
    const { endpoints: computes } = await reader.read(EndpointsResponse, "/projects/:project_id/endpoints", params);
    const { endpoints: restrictions } = await reader.read(VpcEndpointsResponse, "/projects/:project_id/vpc_endpoints", params);
    const assigned = await this.readAssigned(orgId, regionId);
    const network = { settings, restrictions: restrictions.map(toId), assigned: assigned?.map(toId) };
    return { branches, computes, restrictions, assigned, network };
  }

  private readAssigned(orgId: string | undefined, regionId: string): Promise<readonly VpcEndpoint[] | undefined> {
    const key = `${orgId ?? ""}/${regionId}`;
    const known = this.assigned.get(key) ?? this.fetchAssigned(orgId, regionId);
    this.assigned.set(key, known);
    return known;
  }

  private async fetchAssigned(orgId: string | undefined, regionId: string): Promise<readonly VpcEndpoint[] | undefined> {
    const path = "/organizations/:org_id/vpc/region/:region_id/vpc_endpoints";
    try {
      return (await this.reader.readIfAllowed(VpcEndpointsResponse, path, { org_id: orgId, region_id: regionId }))?.endpoints;
    } catch (error) {
      if (error instanceof Refusal && error.reason === "vpcRegion") return [];
      throw error;
    }
  }
}

const toId = ({ vpc_endpoint_id }: VpcEndpoint): string => vpc_endpoint_id;
