import fc from "fast-check";
import { Branch } from "../../../contract/wire/branch.js";
import { Project } from "../../../contract/wire/project.js";
import { computeChanges } from "../../../provider/engine/fields.js";
import * as branchSchema from "../../../provider/resources/branch/schema.js";
import * as branchWire from "../../../provider/resources/branch/wire.js";
import { fromComputeSettings, toComputeSettings } from "../../../provider/resources/shared/compute.js";
import { fromSettings, type Network, toSettings } from "../../../provider/resources/shared/network.js";
import * as projectSchema from "../../../provider/resources/project/schema.js";
import * as projectWire from "../../../provider/resources/project/wire.js";

/** What goes out comes back: a server that keeps what it was sent shows no difference to the program. */

const MARK = { managedBy: "urn:pulumi:x", stackId: "5f0c7a52-0f0e-4a5e-9a53-3a2f2ad0c001", nonce: "n" };
const AT = "2026-11-24T00:00:00Z";

const compute = fc.record(
  {
    minCu: fc.constantFrom(0.25, 1, 2),
    maxCu: fc.constantFrom(2, 4),
    suspendTimeoutSeconds: fc.oneof(fc.integer({ min: 60, max: 604_800 }), fc.constant("never" as const)),
  },
  { requiredKeys: [] },
);
const ranges = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom("203.0.113.0/24", "2001:DB8::/32", "192.0.2.1/32"),
    fc.record({ range: fc.constantFrom("198.51.100.7", "10.0.0.1-10.0.0.9"), description: fc.constantFrom("a", "b") }),
  ),
  {
    minLength: 1,
    maxLength: 4,
    selector: (entry) => (typeof entry === "string" ? entry : entry.range),
  },
);
const vpc = fc.record({ privateEndpoints: fc.constantFrom("allowed" as const, "blocked" as const) }, { requiredKeys: [] });
const network: fc.Arbitrary<Network> = fc.oneof(
  fc
    .tuple(
      fc.record({ allow: fc.constant("listed" as const), ranges, scope: fc.constantFrom("all" as const, "protectedBranches" as const) }),
      vpc,
    )
    .map(([net, fields]) => ({ ...net, ...fields })),
  fc
    .tuple(fc.record({ allow: fc.constantFrom("anywhere" as const, "nobody" as const) }), vpc)
    .map(([net, fields]) => ({ ...net, ...fields })),
  fc.constant({ allow: "managedSeparately" as const }),
);

it("a compute's settings survive the wire", () => {
  fc.assert(
    fc.property(compute, (given) => {
      const back = fromComputeSettings(toComputeSettings(given));
      expect(back).toEqual({ ...given, suspendTimeoutSeconds: given.suspendTimeoutSeconds ?? 300 });
    }),
  );
});

it("a network survives the wire, with its descriptions and spellings", () => {
  const field = projectSchema.inputs.pick({ network: true });
  fc.assert(
    fc.property(network, (given) => {
      const live = fromSettings(toSettings(given), given);
      expect(computeChanges(field, { network: live }, { network: given })).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

const branch = fc.record(
  {
    name: fc.string({ minLength: 1, maxLength: 20 }),
    protected: fc.boolean(),
    expiresAt: fc.constantFrom("2027-01-31T12:00:00Z", "2027-01-31T13:00:00+01:00"),
    parentBranchId: fc.constantFrom("br-dry-sun-1", "quiet-lake-1/br-dry-sun-1"),
    from: fc.oneof(
      fc.record({ timestamp: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z") }),
      fc.record({ lsn: fc.constantFrom("0/1DE2850", "0/1de2850") }),
    ),
    initSource: fc.constantFrom("parent-data" as const, "schema-only" as const),
    compute: fc.oneof(fc.constant("none" as const), compute),
  },
  { requiredKeys: ["name"] },
);

it("a branch survives the wire, whatever it declares, and so does its mark", () => {
  fc.assert(
    fc.property(branch, (given) => {
      const inputs = branchSchema.inputs.parse({ projectId: "quiet-lake-1", ...given });
      const { branch: sent = {}, endpoints = [], annotation_value: value = {} } = branchWire.toCreate(inputs, MARK);
      const kept = Branch.parse({
        id: "br-new-1",
        project_id: "quiet-lake-1",
        current_state: "ready",
        state_changed_at: AT,
        creation_source: "api",
        created_at: AT,
        updated_at: AT,
        default: false,
        protected: false,
        cpu_used_sec: 0,
        compute_time_seconds: 0,
        active_time_seconds: 0,
        written_data_bytes: 0,
        data_transfer_bytes: 0,
        // Neon makes a root of a schema-only branch, and does not say of what it was made.
        ...(sent.init_source === "schema-only" ? { ...sent, parent_id: undefined } : sent),
      });
      const computes = endpoints.map((endpoint) => ({ ...endpoint, id: "ep-a-1", branch_id: "br-new-1", host: "ep-a-1.db.localhost" }));
      const live = branchWire.fromWire(kept, computes as never, {}, { object: { type: "console/branch", id: "br-new-1" }, value }, inputs);
      expect(computeChanges(branchSchema.inputs, live.inputs, inputs)).toEqual([]);
      expect(live.ownershipTag).toEqual(MARK);
    }),
    { numRuns: 500 },
  );
});

it("a project survives the wire, once its scope and its protection are synchronised", () => {
  const fields = fc.record(
    {
      pgVersion: fc.constantFrom(16, 17, 18),
      historyRetentionSeconds: fc.integer({ min: 0, max: 2_592_000 }),
      computeDefaults: compute,
      maintenanceWindow: fc.record({
        weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        startTime: fc.constant("01:00"),
        endTime: fc.constant("02:00"),
      }),
      auditLogLevel: fc.constantFrom("base" as const, "extended" as const, "full" as const),
      logicalReplication: fc.boolean(),
      hipaa: fc.boolean(),
      quota: fc.record({ activeTimeSeconds: fc.nat(), writtenDataBytes: fc.nat() }, { requiredKeys: [] }),
      storePasswords: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(network, fields, (net, given) => {
      const inputs = projectSchema.inputs.parse({ name: "p", regionId: "aws-eu-central-1", network: net, ...given });
      const { project: sent } = projectWire.toCreate(inputs, "org-a-b-1", MARK);
      const kept = Project.parse({
        id: "quiet-lake-1",
        platform_id: "aws",
        provisioner: "k8s",
        proxy_host: "x",
        branch_logical_size_limit: 1,
        branch_logical_size_limit_bytes: 1,
        cpu_used_sec: 0,
        creation_source: "api",
        created_at: AT,
        updated_at: AT,
        owner_id: "org-a-b-1",
        data_storage_bytes_hour: 0,
        data_transfer_bytes: 0,
        written_data_bytes: 0,
        compute_time_seconds: 0,
        active_time_seconds: 0,
        consumption_period_start: AT,
        consumption_period_end: AT,
        pg_version: 17,
        store_passwords: true,
        history_retention_seconds: 86_400,
        ...sent,
      });
      const branch = { id: "br-main-1", name: "main", protected: false, default: true } as Branch;
      const main = { branch, compute: undefined, connection: {}, annotation: undefined };
      const born = projectWire.fromWire(kept, main, inputs);
      const missing = computeChanges(projectSchema.inputs, born.inputs, inputs).map(({ path }) => path);
      // Born with scope `all`: the one thing that opens comes last.
      expect(missing).toEqual(net.scope === "protectedBranches" ? ["network.scope"] : []);
      const { settings } = projectWire.toUpdate(inputs, new Set(["network"]));
      const synced = projectWire.fromWire({ ...kept, settings: { ...kept.settings, ...settings } }, main, inputs);
      expect(computeChanges(projectSchema.inputs, synced.inputs, inputs)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
