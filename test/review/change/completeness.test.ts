import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { fieldsOf, objectOf } from "../../../provider/engine/fields.js";
import type { Shape } from "../../../provider/engine/define.js";
import { REACH_INPUTS } from "../../../review/change/causes.js";
import { FIELD_RULES } from "../../../review/change/fields.js";

/** Inputs of which a change says nothing to a reviewer of security, each with the reason. `*` stands for every kind. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  "*.name": "a name; where it is the object's identity, a change replaces the object, and that is told",
  "*.orgId": "locked, or a replacement that is told",
  "*.label": "a word for people",
  "*.projectId": "locked, or a replacement that is told",
  "*.branchId": "locked, or a replacement that is told",
  "*.minCu": "size and cost",
  "*.maxCu": "size and cost",
  "*.suspendTimeoutSeconds": "size and cost",
  "*.email": "a replacement: the person before loses access, the new one is told as a creation",
  "Project.pgVersion": "locked",
  "Project.computeDefaults": "size and cost",
  "Project.maintenanceWindow": "when computes restart",
  "Project.quota": "cost; beyond it computes suspend",
  "Project.storePasswords": "locked",
  "Branch.from": "locked",
  "ComputeEndpoint.type": "locked",
  "ComputeEndpoint.settings": "settings of Postgres open nothing by themselves",
  "BackupSchedule.hour": "when, not whether",
  "BackupSchedule.day": "when, not whether",
  "Snapshot.from": "locked",
  "RoleGrants.databaseName": "a replacement",
  "RoleGrants.roleName": "a replacement",
  "RoleGrants.grantorName": "who gives them changes nothing of what is given",
  "RoleGrants.liveCheck": "how a refresh looks, not what holds",
  "RotatingRole.rotation": "a change rotates, which is what it is for",
  "VpcEndpointAssignment.waitForAccepted": "how long an update waits",
};

/** Every path of a kind's inputs: `network`, `network.allow`. */
function* pathsOf(schema: Shape, prefix = ""): Generator<string> {
  for (const [name, field] of fieldsOf(schema)) {
    yield prefix + name;
    const nested = objectOf(field);
    if (nested) yield* pathsOf(nested, `${prefix}${name}.`);
  }
}

const above = (path: string): string[] => path.split(".").map((_, index, names) => names.slice(0, index + 1).join("."));

const told = (kind: Kind): ReadonlySet<string> =>
  new Set([
    ...(REACH_INPUTS[kind] ?? []),
    ...FIELD_RULES.filter((rule) => rule.kind === kind).map(({ property }) => property),
    ...Object.keys(WITHOUT_MEANING).flatMap((entry) => {
      const [of, ...path] = entry.split(".");
      return of === kind || of === "*" ? [path.join(".")] : [];
    }),
  ]);

const kinds = Object.keys(catalogue) as Kind[];

describe("what a change of an input means", () => {
  it.each(kinds)("is said of every input of %s, or said to be nothing", (kind) => {
    const known = told(kind);
    // A field that holds others is covered when all of them are.
    const paths = [...pathsOf(catalogue[kind].inputs)];
    const open = paths.filter((path) => !above(path).some((one) => known.has(one)) && !paths.some((other) => other.startsWith(`${path}.`)));
    expect(open).toEqual([]);
  });

  it("is said of no input that does not exist", () => {
    const exists = (kind: Kind, path: string): boolean => [...pathsOf(catalogue[kind].inputs)].includes(path);
    const rules = FIELD_RULES.filter(({ kind, property }) => !exists(kind, property)).map(({ kind, property }) => `${kind}.${property}`);
    const reach = kinds.flatMap((kind) =>
      (REACH_INPUTS[kind] ?? []).filter((path) => !exists(kind, path)).map((path) => `${kind}.${path}`),
    );
    const silent = Object.keys(WITHOUT_MEANING).filter((entry) => {
      const [of, ...path] = entry.split(".");
      return !kinds.some((kind) => (of === "*" || of === kind) && exists(kind, path.join(".")));
    });
    expect([...rules, ...reach, ...silent]).toEqual([]);
  });
});
