import fc from "fast-check";
import type { Properties } from "../../provider/engine/define.js";
import { listFields } from "../../provider/engine/fields.js";
import { catalogue } from "../../provider/resources/index.js";
import { KEY_NAMES, VAULT_URL } from "../counterparts/azure/planeVault.js";
import type { ApiKind } from "./resourcePrograms.js";

/** Everything that a program may say of the fields that can be changed, kind by kind; what identifies an object comes from its strong program. */

/** Spellings of the same addresses. */
export const RANGES: readonly (readonly [string, string])[] = [
  ["203.0.113.0/24", "203.0.113.0-203.0.113.255"],
  ["198.51.100.7", "198.51.100.7/32"],
  ["198.51.100.32/27", "198.51.100.32-198.51.100.63"],
  ["2001:db8::/32", "2001:0DB8::/32"],
  ["2001:db8:1::5", "2001:DB8:0001:0:0:0:0:5"],
  ["192.0.2.10-192.0.2.20", "192.0.2.10-192.0.2.20"],
  ["10.0.0.0/8", "10.0.0.0-10.255.255.255"],
];

const makeOptional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
/** Without what is undefined: a program does not say it. */
const generateProgram = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Properties> =>
  fc.record(fields).map((bag) => Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== undefined)));

const generateLetter = (letters: string) => fc.constantFrom(...Array.from(letters));

/** Names with everything that a URL, a JSON text or SQL could stumble over. */
const generateName = (longest: number) =>
  fc.string({ unit: generateLetter("abcxyz019 -_.%?#&+=:\"'\\$ßé日"), maxLength: longest }).map((rest) => `n${rest.trimEnd()}`);
const label = fc.string({ unit: generateLetter('abc 1-é"<'), maxLength: 40 });

const range = fc.constantFrom(...RANGES.map(([text]) => text));
const entry = fc.oneof(range, generateProgram({ range, description: makeOptional(fc.constantFrom("office", "vpn")) }));
/** Each network once: the plane keeps a list as it is sent, and two descriptions of one entry cannot both be kept. */
const ranges = fc.uniqueArray(entry, {
  minLength: 1,
  maxLength: 5,
  selector: (one) => (typeof one === "string" ? one : (one as { range: string }).range),
});
const privateEndpoints = makeOptional(fc.constantFrom("allowed", "blocked"));
const network = fc.oneof(
  generateProgram({
    allow: fc.constant("listed"),
    ranges,
    scope: makeOptional(fc.constantFrom("all", "protectedBranches")),
    privateEndpoints,
  }),
  generateProgram({ allow: fc.constant("anywhere"), privateEndpoints }),
  // What closes says so: no private endpoint is accepted in these places.
  generateProgram({ allow: fc.constant("nobody"), acceptLockOut: fc.constant(true), privateEndpoints }),
);

/** The plane refuses a largest size below the smallest, so both are said. */
const compute = fc
  .record({
    sizes: fc.constantFrom(
      ...[
        { minCu: 0.25, maxCu: 0.25 },
        { minCu: 0.25, maxCu: 1 },
        { minCu: 0.5, maxCu: 2 },
        { minCu: 2, maxCu: 8 },
      ],
    ),
    suspendTimeoutSeconds: makeOptional(fc.oneof(fc.integer({ min: 60, max: 604_800 }), fc.constant("never"))),
  })
  .map(({ sizes, suspendTimeoutSeconds }) => ({
    ...sizes,
    ...(suspendTimeoutSeconds !== undefined && { suspendTimeoutSeconds }),
  }));

const firstCompute = fc
  .tuple(compute, makeOptional(fc.boolean()))
  .map(([size, disabled]) => ({ ...size, ...(disabled !== undefined && { disabled }) }));

const bytes = makeOptional(fc.integer({ min: 0, max: 2_000_000_000 }));
const clock = fc.constantFrom("00:00", "01:30", "12:05", "23:59");
const instant = fc.integer({ min: 1, max: 300 }).map((days) => new Date(TODAY + days * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z"));
const TODAY = Date.parse(`${new Date().toISOString().slice(0, 10)}T00:00:00Z`);

/** What can be turned on and not off again is only turned on. */
const oneWay = makeOptional(fc.constant(true));

export const EDITS: Record<ApiKind, fc.Arbitrary<Properties>> = {
  Project: generateProgram({
    name: generateName(40),
    network,
    historyRetentionSeconds: makeOptional(fc.integer({ min: 0, max: 2_592_000 })),
    defaultBranch: makeOptional(
      generateProgram({ name: makeOptional(generateName(20)), protected: makeOptional(fc.boolean()), compute: makeOptional(firstCompute) }),
    ),
    computeDefaults: makeOptional(compute),
    maintenanceWindow: makeOptional(
      fc.record({ weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), startTime: clock, endTime: clock }),
    ),
    auditLogLevel: makeOptional(fc.constantFrom("base", "extended", "full")),
    logicalReplication: oneWay,
    hipaa: oneWay,
    quota: makeOptional(
      generateProgram({
        activeTimeSeconds: bytes,
        computeTimeSeconds: bytes,
        writtenDataBytes: bytes,
        dataTransferBytes: bytes,
        logicalSizeBytes: bytes,
      }),
    ),
  }),
  Branch: fc.oneof(
    generateProgram({ name: generateName(40), protected: makeOptional(fc.constant(true)), compute: makeOptional(compute) }),
    // What may be protected neither expires nor loses its compute: taking protection away is said.
    generateProgram({
      name: generateName(40),
      protected: fc.constant(false),
      expiresAt: makeOptional(instant),
      compute: makeOptional(fc.oneof(fc.constant("none"), compute)),
    }),
  ),
  BranchProtection: generateProgram({ protected: fc.boolean() }),
  ComputeEndpoint: fc
    .record({
      size: compute,
      rest: generateProgram({
        disabled: makeOptional(fc.boolean()),
        settings: makeOptional(
          fc.record({
            pgSettings: fc.dictionary(fc.constantFrom("work_mem", "jit", "statement_timeout"), fc.constantFrom("8MB", "off", "1s")),
          }),
        ),
      }),
    })
    .map(({ size, rest }) => ({ ...size, ...rest })),
  Database: generateProgram({ name: generateName(20), ownerName: fc.constantFrom("neondb_owner", "second_owner") }),
  IpAllowlist: fc
    .record({ network, rest: generateProgram({ onDestroy: makeOptional(fc.constantFrom("keep", "nobody")) }) })
    .map(({ network: net, rest }) => ({ ...net, ...rest })),
  IpAllowlistEntry: generateProgram({ ranges }),
  Role: generateProgram({ revealPassword: makeOptional(fc.boolean()) }),
  // An overlap that is promised forbids a further rotation.
  RotatingRole: generateProgram({
    rotation: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    revealPassword: makeOptional(fc.boolean()),
  }),
  // Removed endpoints cannot return, and waiting takes its time: those two are the crash matrix's.
  PrivateEndpoint: generateProgram({ label: makeOptional(label), release: fc.constant(true) }),
  VpcEndpointRestriction: generateProgram({ label: makeOptional(label), allowAll: makeOptional(fc.boolean()) }),
  OrganizationMember: generateProgram({ role: fc.constantFrom("admin", "member", "editor", "viewer", "collaborator") }),
  ProjectPermission: generateProgram({ level: makeOptional(fc.constantFrom("viewer", "editor", "admin")) }),
  JwksUrl: fc.constant({}),
  ApiKey: fc.constant({}),
  BackupSchedule: fc
    .record({
      when: fc.oneof(
        fc.constant({ frequency: "daily" }),
        fc.record({ frequency: fc.constant("weekly"), day: fc.integer({ min: 1, max: 7 }) }),
        fc.record({ frequency: fc.constant("monthly"), day: fc.integer({ min: 1, max: 31 }) }),
      ),
      rest: generateProgram({
        hour: makeOptional(fc.integer({ min: 0, max: 23 })),
        retentionSeconds: makeOptional(fc.integer({ min: 3_600, max: 3_024_000 })),
        release: fc.constant(true),
      }),
    })
    .map(({ when, rest }) => ({ ...when, ...rest })),
  Snapshot: generateProgram({ name: generateName(40), expiresAt: makeOptional(instant) }),
  AuditExport: generateProgram({
    name: generateName(40),
    sink: fc.constantFrom(
      { webhook: { url: "https://127.0.0.1:9/one" } },
      { webhook: { url: "https://127.0.0.2:9/two", caCert: undefined } },
    ),
    format: makeOptional(fc.constantFrom("json", "ocsf")),
    filter: makeOptional(
      generateProgram({
        types: makeOptional(fc.uniqueArray(fc.constantFrom("change", "connection", "anomaly"), { minLength: 1 })),
        minimumSeverity: makeOptional(fc.constantFrom("info", "low", "medium", "high")),
      }),
    ),
    enabled: makeOptional(fc.boolean()),
  }),
  CustomerManagedKey: generateProgram({
    azureKeyVault: fc.constantFrom(...KEY_NAMES).map((keyName) => ({ vaultUrl: VAULT_URL, keyName })),
    onRevoked: makeOptional(fc.constantFrom("suspend", "refuseStarts")),
    rewrapAfterRotation: makeOptional(fc.boolean()),
    release: makeOptional(fc.boolean()),
  }),
};

/** Fields that no edit touches: what a change of them would replace or must not change. */
export const selectIdentityInputs = (kind: ApiKind, strong: Properties): Properties => {
  const fixed = listFields((catalogue[kind] as never as { inputs: never }).inputs).filter(([, field]) =>
    ["locked", "replace"].includes(field.meta()?.onChange ?? ""),
  );
  const names = new Set([...fixed.map(([field]) => field), "managedBy"]);
  return Object.fromEntries(Object.entries(strong).filter(([field]) => names.has(field)));
};
