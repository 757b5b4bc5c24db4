import { RolesResponse } from "@palisade/neon/contract/wire/role";
import type { Hooks } from "../../../provider/engine/hooks.js";
import type { Kind } from "../../../provider/resources/index.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane, type TestPlane } from "../../support/plane.js";

/** One plane for the tests of a slice, and a new project and provider process for each of them. */
export interface Host {
  readonly plane: TestPlane;
  readonly hooks: Hooks;
  readonly projectId: string;
  readonly branchId: string;
  /** Roles of the branch, by name, with the time of their last change. */
  roles(): Promise<Map<string, string>>;
  /** Checks as the engine does before it calls. */
  checked(args: Record<string, unknown>, olds?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

export function hostOf(kind: Kind, project: Record<string, unknown> = {}): Host {
  const host = { plane: sharedPlane() } as { -readonly [K in keyof Host]: Host[K] };
  beforeEach(async () => {
    host.hooks = startProviderProcess(host.plane.ready).hooks[kind];
    const made = await host.plane.api.project(project);
    await host.plane.api.settled(made.project.id);
    [host.projectId, host.branchId] = [made.project.id, made.branch.id];
  });
  host.roles = async () => {
    const { roles } = await host.plane.api.ok(RolesResponse, "GET", `/projects/${host.projectId}/branches/${host.branchId}/roles`);
    return new Map(roles.map(({ name, updated_at }) => [name, updated_at]));
  };
  host.checked = async (args, olds = {}) => {
    const all: Record<string, unknown> = { projectId: host.projectId, branchId: host.branchId, managedBy: "urn:x", ...args };
    const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const { inputs, failures } = await host.hooks.check(olds, said);
    expect(failures).toEqual([]);
    return inputs;
  };
  return host;
}
