import * as sdk from "@neon/sdk/raw";
import { ROUTES } from "../../control-plane/api/routes.js";
import { sharedPlane, startPlane, type TestPlane } from "../support/plane.js";

const SEED = {
  organisations: [{ name: "Partner", id: "org-partner-one-00000001" }],
  users: [{ name: "Mona", email: "mona@palisade.test", role: "viewer" }],
  keys: [{ kind: "organisation", name: "partner", organisation: "Partner", key: "napi_partner" }],
};

/** Neon's own client against the plane: every answer has exactly the contract's shape, and every route is called. */
/** One hour at least that says this; another one may begin while the test runs. */
const anyHoursOf = (figures: object): unknown => expect.arrayContaining([expect.objectContaining(figures)]);

describe("with Neon's own client", () => {
  const plane = sharedPlane({ seed: SEED });
  let client: sdk.Client;
  const seen = new Set<string>();

  beforeAll(() => {
    client = sdk.createClient(sdk.createConfig({ baseUrl: plane.ready.apiUrl, auth: plane.ready.apiKey, fetch: checked }));
  });

  const checked: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const answer = await fetch(request);
    const path = new URL(request.url).pathname.replace("/api/v2", "");
    const route = ROUTES.find(
      (each) =>
        each.method === request.method &&
        new RegExp(`^${each.path.replace(/:\w+/g, "[^/]+")}$`).test(path) &&
        !(each.path.endsWith("/:branch_id") && path.endsWith("/count")),
    );
    if (!route) throw new Error(`no route for ${request.method} ${path}`);
    seen.add(`${route.method} ${route.path}`);
    const text = await answer.clone().text();
    const body = text === "" ? undefined : (JSON.parse(text) as unknown);
    expect({ route: route.path, status: answer.status }).toEqual({ route: route.path, status: success(route.answers) });
    // Nothing less than the shape, and nothing more: no null, no field of ours.
    expect(route.answers[answer.status]?.parse(body)).toEqual(body);
    return answer;
  };

  test("every route answers with its success code and the exact shape of the contract", async () => {
    const throwOnError = true as const;
    const org_id = plane.ready.orgId;
    const id = (await sdk.createProject({ client, throwOnError, body: { project: { org_id, name: "conformance", branch: {} } } })).project
      .id;
    const project = { project_id: id };
    const settled = () => plane.api.settled(id);
    await settled();

    expect((await sdk.getAuthDetails({ client, throwOnError })).auth_method).toBe("api_key_user");
    expect((await sdk.getCurrentUserInfo({ client, throwOnError })).email).toBe("admin@palisade.test");
    expect((await sdk.getCurrentUserOrganizations({ client, throwOnError })).organizations.map((each) => each.id)).toEqual([org_id]);
    await sdk.getOrganization({ client, throwOnError, path: { org_id } });
    expect((await sdk.getActiveRegions({ client, throwOnError })).regions.filter((region) => region.default)).toHaveLength(1);

    const listed = await sdk.listProjects({ client, throwOnError, query: { org_id } });
    expect(listed.projects.map(({ name }) => name)).toEqual(["conformance"]);
    await sdk.getProject({ client, throwOnError, path: project });
    await sdk.updateProject({ client, throwOnError, path: project, body: { project: { name: "renamed" } } });

    const key = await sdk.createApiKey({ client, throwOnError, body: { key_name: "mine" } });
    expect((await sdk.listApiKeys({ client, throwOnError })).map(({ name }) => name)).toEqual(["admin", "mine"]);
    expect((await sdk.revokeApiKey({ client, throwOnError, path: { key_id: key.id } })).revoked).toBe(true);
    const orgKey = await sdk.createOrgApiKey({ client, throwOnError, path: { org_id }, body: { key_name: "org", project_id: id } });
    expect(await sdk.listOrgApiKeys({ client, throwOnError, path: { org_id } })).toMatchObject([{ name: "org", project_id: id }]);
    await sdk.revokeOrgApiKey({ client, throwOnError, path: { org_id, key_id: orgKey.id } });

    const created = await sdk.createProjectBranch({
      client,
      throwOnError,
      path: project,
      body: { branch: { name: "child" }, endpoints: [{ type: "read_write" }], annotation_value: { owner: "tests" } },
    });
    expect(created.connection_uris).toHaveLength(1);
    const path = { ...project, branch_id: created.branch.id };
    await settled();
    expect((await sdk.listProjectBranches({ client, throwOnError, path: project })).branches).toHaveLength(2);
    expect((await sdk.countProjectBranches({ client, throwOnError, path: project })).count).toBe(2);
    const got = await sdk.getProjectBranch({ client, throwOnError, path });
    expect(got).toMatchObject({ branch: { name: "child", current_state: "ready" }, annotation: { value: { owner: "tests" } } });
    expect(got.branch).not.toHaveProperty("pending_state");
    await sdk.updateProjectBranch({ client, throwOnError, path, body: { branch: { name: "other" } } });
    const source_branch_id = created.branch.parent_id ?? "";
    await sdk.restoreProjectBranch({ client, throwOnError, path, body: { source_branch_id } });
    await settled();

    const endpoint = { ...project, endpoint_id: created.endpoints[0]?.id ?? "" };
    expect((await sdk.listProjectEndpoints({ client, throwOnError, path: project })).endpoints).toHaveLength(2);
    expect((await sdk.listProjectBranchEndpoints({ client, throwOnError, path })).endpoints).toHaveLength(1);
    expect((await sdk.getProjectEndpoint({ client, throwOnError, path: endpoint })).endpoint.current_state).toBe("active");
    await sdk.updateProjectEndpoint({ client, throwOnError, path: endpoint, body: { endpoint: { autoscaling_limit_max_cu: 2 } } });
    await sdk.suspendProjectEndpoint({ client, throwOnError, path: endpoint });
    await settled();
    await sdk.startProjectEndpoint({ client, throwOnError, path: endpoint });
    await settled();
    await sdk.restartProjectEndpoint({ client, throwOnError, path: endpoint });
    const reader = { branch_id: path.branch_id, type: "read_only" as const };
    const replica = await sdk.createProjectEndpoint({ client, throwOnError, path: project, body: { endpoint: reader } });
    await settled();
    await sdk.deleteProjectEndpoint({ client, throwOnError, path: { ...project, endpoint_id: replica.endpoint.id } });

    const role = { ...path, role_name: "app" };
    expect((await sdk.createProjectBranchRole({ client, throwOnError, path, body: { role: { name: "app" } } })).role.password).toMatch(
      /^npg_/,
    );
    expect((await sdk.listProjectBranchRoles({ client, throwOnError, path })).roles.map(({ name }) => name)).toEqual([
      "neondb_owner",
      "app",
    ]);
    expect((await sdk.getProjectBranchRole({ client, throwOnError, path: role })).role).not.toHaveProperty("password");
    const reset = await sdk.resetProjectBranchRolePassword({ client, throwOnError, path: role });
    expect((await sdk.getProjectBranchRolePassword({ client, throwOnError, path: role })).password).toBe(reset.role.password);

    const database = { ...path, database_name: "shop" };
    await sdk.createProjectBranchDatabase({ client, throwOnError, path, body: { database: { name: "shop", owner_name: "app" } } });
    await sdk.listProjectBranchDatabases({ client, throwOnError, path });
    await sdk.getProjectBranchDatabase({ client, throwOnError, path: database });
    await sdk.updateProjectBranchDatabase({ client, throwOnError, path: database, body: { database: { owner_name: "neondb_owner" } } });
    const wanted = { database_name: "shop", role_name: "app", branch_id: path.branch_id };
    expect((await sdk.getConnectionUri({ client, throwOnError, path: project, query: wanted })).uri).toContain(reset.role.password);
    await sdk.deleteProjectBranchDatabase({ client, throwOnError, path: database });
    await sdk.deleteProjectBranchRole({ client, throwOnError, path: role });

    const { operations } = await sdk.listProjectOperations({ client, throwOnError, path: project });
    await sdk.getProjectOperation({ client, throwOnError, path: { ...project, operation_id: operations[0]?.id ?? "" } });

    await credentials(path);
    const real = await startPlane({ computes: "postgres", proxyPort: 0 });
    await schemas(real).finally(() => real.stop());
    const range = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() };
    const consumed = await sdk.getConsumptionHistoryPerProject({
      client,
      throwOnError,
      query: { ...range, granularity: "hourly", org_id },
    });
    expect(consumed.projects).toMatchObject([
      { project_id: id, periods: [{ period_plan: "scale", consumption: anyHoursOf({ active_time_seconds: 0 }) }] },
    ]);
    const figures = { ...range, granularity: "hourly", org_id, metrics: ["compute_unit_seconds"] } as const;
    const nothing = [{ period_plan: "scale", consumption: anyHoursOf({ metrics: [{ metric_name: "compute_unit_seconds", value: 0 }] }) }];
    const query = { ...figures, metrics: [...figures.metrics] };
    const { projects } = await sdk.getConsumptionHistoryPerProjectV2({ client, throwOnError, query });
    expect(projects).toMatchObject([{ project_id: id, periods: nothing }]);
    const { branches } = await sdk.getConsumptionHistoryPerBranchV2({ client, throwOnError, query: { ...query, project_ids: [id] } });
    expect(branches.every(({ project_id }) => project_id === id)).toBe(true);
    expect(branches[0]).toMatchObject({ periods: nothing });
    expect((await sdk.getAvailablePreloadLibraries({ client, throwOnError, path: project })).libraries).toEqual([]);
    expect((await sdk.listSharedProjects({ client, throwOnError })).projects).toEqual([]);

    await snapshots({ ...project, branch_id: source_branch_id }, settled);
    await people(id);
    await privateNetworking(id);
    const jwks = { jwks_url: "https://keys.palisade.test/jwks", provider_name: "palisade", branch_id: path.branch_id, role_names: ["app"] };
    const added = await sdk.addProjectJwks({ client, throwOnError, path: project, body: { ...jwks, jwt_audience: "shop" } });
    expect((await sdk.getProjectJwks({ client, throwOnError, path: project })).jwks).toEqual([added.jwks]);
    await sdk.deleteProjectJwks({ client, throwOnError, path: { ...project, jwks_id: added.jwks.id } });

    await sdk.setDefaultProjectBranch({ client, throwOnError, path });
    await sdk.setDefaultProjectBranch({ client, throwOnError, path: { ...project, branch_id: source_branch_id } });
    await settled();
    await sdk.deleteProjectBranch({ client, throwOnError, path });
    const recover = "/projects/:project_id/branches/:branch_id/recover";
    await client.post({
      url: `/projects/${id}/branches/${path.branch_id}/recover`,
      throwOnError,
      security: [{ scheme: "bearer", type: "http" }],
    });
    await settled();
    await sdk.deleteProject({ client, throwOnError, path: project });
    expect((await sdk.recoverProject({ client, throwOnError, path: project })).branches).toHaveLength(2);
    await transfer(id);

    expect(seen).toContain(`POST ${recover}`);
    expect(ROUTES.map(({ method, path: template }) => `${method} ${template}`).filter((route) => !seen.has(route))).toEqual([]);
  }, 60_000);

  /** Of the default branch: others have none. */
  async function snapshots(source: { project_id: string; branch_id: string }, settled: () => Promise<unknown>): Promise<void> {
    const throwOnError = true as const;
    const { project_id } = source;
    const { snapshot } = await sdk.createSnapshot({ client, throwOnError, path: source, query: { name: "before" } });
    await settled();
    expect((await sdk.listSnapshots({ client, throwOnError, path: { project_id } })).snapshots).toMatchObject([{ id: snapshot.id }]);
    const path = { project_id, snapshot_id: snapshot.id };
    await sdk.updateSnapshot({ client, throwOnError, path, body: { snapshot: { name: "kept" } } });
    const schedule = [{ frequency: "daily" as const, hour: 3, retention_seconds: 86_400 }];
    await sdk.setSnapshotSchedule({ client, throwOnError, path: source, body: { schedule } });
    expect((await sdk.getSnapshotSchedule({ client, throwOnError, path: source })).schedule).toMatchObject(schedule);
    await sdk.setSnapshotSchedule({ client, throwOnError, path: source, body: { schedule: [] } });
    const scratch = (await sdk.restoreSnapshot({ client, throwOnError, path, body: { name: "scratch" } })).branch.id;
    await settled();
    const restored = (await sdk.restoreSnapshot({ client, throwOnError, path, body: { target_branch_id: scratch } })).branch.id;
    await settled();
    await sdk.finalizeRestoreBranch({ client, throwOnError, path: { project_id, branch_id: restored }, body: {} });
    await settled();
    for (const branch_id of [scratch, restored]) await sdk.deleteProjectBranch({ client, throwOnError, path: { project_id, branch_id } });
    await sdk.deleteSnapshot({ client, throwOnError, path });
    await settled();
  }

  async function credentials(path: { project_id: string; branch_id: string }): Promise<void> {
    const throwOnError = true as const;
    const body = { name: "worker", scopes: ["storage:read" as const], principal_type: "user" as const };
    const { api_token, s3_secret_access_key, token_id } = await sdk.createCredential({ client, throwOnError, path, body });
    expect((await sdk.listCredentials({ client, throwOnError, path })).credentials).toMatchObject([{ token_id, name: "worker" }]);
    const one = { ...path, token_id };
    expect(await sdk.revealCredential({ client, throwOnError, path: one })).toEqual({ token_id, api_token, s3_secret_access_key });
    const rotated = await sdk.rotateCredential({ client, throwOnError, path: one });
    expect([rotated.token_id, rotated.api_token === api_token]).toEqual([token_id, false]);
    expect((await sdk.revealCredential({ client, throwOnError, path: one })).api_token).toBe(rotated.api_token);
    await sdk.revokeCredential({ client, throwOnError, path: one });
  }

  /** Read in Postgres itself. */
  async function schemas(real: TestPlane): Promise<void> {
    const throwOnError = true as const;
    const query = { db_name: "neondb" };
    const other = sdk.createClient(sdk.createConfig({ baseUrl: real.ready.apiUrl, auth: real.ready.apiKey, fetch: checked }));
    const { project, branch } = await real.api.project();
    expect(
      (
        await sdk.getProjectBranchSchema({
          client: other,
          throwOnError,
          path: { project_id: project.id, branch_id: branch.id },
          query: { ...query, format: "json" },
        })
      ).json,
    ).toEqual({ tables: [] });
    const made = await sdk.createProjectBranch({ client: other, throwOnError, path: { project_id: project.id } });
    await real.api.settled(project.id);
    const path = { project_id: project.id, branch_id: made.branch.id };
    expect((await sdk.getProjectBranchSchema({ client: other, throwOnError, path, query })).sql).toContain(
      "GRANT USAGE ON SCHEMA public TO PUBLIC;",
    );
    expect(await sdk.getProjectBranchSchemaComparison({ client: other, throwOnError, path, query })).toEqual({ diff: "" });
  }

  async function transfer(project_id: string): Promise<void> {
    const throwOnError = true as const;
    const offer = await sdk.createProjectTransferRequest({ client, throwOnError, path: { project_id } });
    const theirs = sdk.createClient(sdk.createConfig({ baseUrl: plane.ready.apiUrl, auth: "napi_partner", fetch: checked }));
    await sdk.acceptProjectTransferRequest({ client: theirs, throwOnError, path: { project_id, request_id: offer.id }, body: {} });
    expect((await sdk.getProject({ client: theirs, throwOnError, path: { project_id } })).project.owner_id).toBe(
      "org-partner-one-00000001",
    );
  }

  async function people(project_id: string): Promise<void> {
    const throwOnError = true as const;
    const [org, project] = [{ org_id: plane.ready.orgId }, { project_id }];
    const { members } = await sdk.getOrganizationMembers({ client, throwOnError, path: org });
    const member = { ...org, member_id: members[0]?.member.id ?? "" };
    expect((await sdk.getOrganizationMember({ client, throwOnError, path: member })).role).toBe("admin");
    await sdk.updateOrganizationMember({ client, throwOnError, path: member, body: { role: "admin" } });
    expect(
      (await sdk.removeOrganizationMember({ client, throwOnError, path: { ...org, member_id: await aSecondMember() } })) as object,
    ).toEqual({});
    const invitations = [{ email: "ada@palisade.test", role: "viewer" as const }];
    await sdk.createOrganizationInvitations({ client, throwOnError, path: org, body: { invitations } });
    expect((await sdk.getOrganizationInvitations({ client, throwOnError, path: org })).invitations).toMatchObject(invitations);

    const { id } = await sdk.grantPermissionToProject({ client, throwOnError, path: project, body: { email: "ada@palisade.test" } });
    expect((await sdk.listProjectPermissions({ client, throwOnError, path: project })).project_permissions.map((each) => each.id)).toEqual([
      id,
    ]);
    const revoked = await sdk.revokePermissionFromProject({ client, throwOnError, path: { ...project, permission_id: id } });
    expect(revoked.revoked_at).toBeDefined();
    const role = { ...project, member_id: member.member_id };
    await sdk.setProjectMemberRole({ client, throwOnError, path: role, body: { role: "editor" } });
    expect((await sdk.listProjectMembers({ client, throwOnError, path: project })).project_members).toMatchObject([
      { project_role: "editor" },
    ]);
    await sdk.removeProjectMemberRole({ client, throwOnError, path: role });
  }

  /** From the seed. */
  const aSecondMember = async () =>
    (await sdk.getOrganizationMembers({ client, throwOnError: true, path: { org_id: plane.ready.orgId } })).members.find(
      ({ user }) => user.email === "mona@palisade.test",
    )?.member.id ?? "";

  async function privateNetworking(project_id: string): Promise<void> {
    const throwOnError = true as const;
    const { project } = await sdk.getProject({ client, throwOnError, path: { project_id } });
    const [org_id, region_id, vpc_endpoint_id] = [plane.ready.orgId, project.region_id, "vpce-0a1b2c3d4e5f67890"];
    const [assigned, restricted] = [
      { org_id, region_id, vpc_endpoint_id },
      { project_id, vpc_endpoint_id },
    ];
    await sdk.assignOrganizationVpcEndpoint({ client, throwOnError, path: assigned, body: { label: "production" } });
    await sdk.assignProjectVpcEndpoint({ client, throwOnError, path: restricted, body: { label: "only" } });
    expect((await sdk.listProjectVpcEndpoints({ client, throwOnError, path: { project_id } })).endpoints).toHaveLength(1);
    expect(await sdk.getOrganizationVpcEndpointDetails({ client, throwOnError, path: assigned })).toMatchObject({
      num_restricted_projects: 1,
      example_restricted_projects: [project_id],
    });
    expect((await sdk.listOrganizationVpcEndpoints({ client, throwOnError, path: { org_id, region_id } })).endpoints).toHaveLength(1);
    const everywhere = await sdk.listOrganizationVpcEndpointsAllRegions({ client, throwOnError, path: { org_id } });
    expect(everywhere.endpoints).toEqual([{ vpc_endpoint_id, label: "production", region_id }]);
    await sdk.deleteProjectVpcEndpoint({ client, throwOnError, path: restricted });
    await sdk.deleteOrganizationVpcEndpoint({ client, throwOnError, path: assigned });
  }

  test("a missing object is 204 on deletion, for branches, computes, roles and databases", async () => {
    const { project, branch } = await plane.api.project();
    for (const path of [
      "branches/br-no-such-a1234567",
      "endpoints/ep-no-such-a1234567",
      `branches/${branch.id}/roles/nobody`,
      `branches/${branch.id}/databases/nothing`,
    ])
      expect(await plane.api.call("DELETE", `/projects/${project.id}/${path}`)).toMatchObject({ status: 204, body: undefined });
  });
});

const success = (answers: Readonly<Record<number, unknown>>): number => Math.min(...Object.keys(answers).map(Number));
