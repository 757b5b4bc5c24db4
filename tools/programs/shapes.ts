import type { ErrorCode } from "../../contract/errors.js";
import type { Resource } from "../../provider/engine/define.js";
import { listIdNames } from "../../provider/engine/ids.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";

/** Shapes of programs. Each is tried with every kind, all of them in one stack: a call of the CLI costs more than fifty resources. */
export const SHAPES = [
  "component",
  "moved in",
  "moved out",
  "alias",
  "renamed",
  "ignoreChanges",
  "replaceOnChanges",
  "deleteBeforeReplace",
  "retainOnDelete",
  "dependsOn",
  "deletedWith",
  "transforms",
  "secret",
  "unknown",
  "get",
  "import",
] as const;
export type Shape = (typeof SHAPES)[number];

/** What the second update must come to. */
export type Expected =
  /** The engine's operations on the resource under its present name. */
  | { readonly operations: readonly string[] }
  /** The code of the refusal; `stops`: nothing of the same update goes on, whatever its flags say. */
  | { readonly refused: ErrorCode; readonly stops?: true }
  /** The object is there, and nobody declares it. */
  | { readonly kept: true };

const same: Expected = { operations: ["same"] };
const created: Expected = { operations: ["create"] };
const nameHeld: Expected = { refused: "PAL_NAME_HELD" };

/** A second declaration under another name, made before the first goes: shares the object, makes another, or is refused with the line to add. */
const RENAMED: Record<Kind, Expected> = {
  BranchProtection: created,
  IpAllowlist: created,
  IpAllowlistEntry: created,
  KeyVaultRotationPolicy: created,
  TemporaryAccess: created,
  Project: created,
  ComputeEndpoint: created,
  ApiKey: created,
  Snapshot: created,
  AuditExport: created,
  Branch: { refused: "PAL_RENAMED" },
  RoleGrants: { refused: "PAL_RENAMED" },
  CustomerManagedKey: { refused: "PAL_RENAMED" },
  BackupSchedule: nameHeld,
  Database: nameHeld,
  JwksUrl: nameHeld,
  OrganizationMember: nameHeld,
  ProjectPermission: nameHeld,
  Role: nameHeld,
  RotatingRole: nameHeld,
  PrivateEndpoint: nameHeld,
  VpcEndpointRestriction: nameHeld,
};

/** The API keeps what is protected: the replacement of such an object is made, and the old one stays until it is unprotected. */
const kept: Expected = { refused: "PAL_REFUSED" };

/** A replacement that the program asks for, every field changed: where the name is among them, it is free; a role's mark names this very resource. */
const FREES_NAME: readonly Kind[] = ["Database", "JwksUrl", "Role", "RoleGrants"];
const getExpectedReplacement = (kind: Kind): Expected => {
  if (kind === "Project" || kind === "Branch") return kept;
  return "refused" in RENAMED[kind] && !FREES_NAME.includes(kind) ? RENAMED[kind] : { operations: ["create-replacement"] };
};

/** What refuses to be deleted, or stays by design when it is, cannot be recreated under its name. */
const UNDELETABLE: Partial<Record<Kind, Expected>> = {
  Project: { ...kept, stops: true },
  Branch: { ...kept, stops: true },
  OrganizationMember: { refused: "PAL_INVITED", stops: true },
  PrivateEndpoint: nameHeld,
};

/** Inputs that are a part of the id, and no ids of other objects. */
export function listNamesInId(kind: Kind): string[] {
  const { id, inputs }: Resource = catalogue[kind];
  return listIdNames(id).filter((name) => name in inputs.shape && !name.endsWith("Id"));
}

export const EXPECTED: Record<Shape, (kind: Kind) => Expected> = {
  component: () => same,
  "moved in": () => same,
  "moved out": () => same,
  alias: () => same,
  renamed: (kind) => RENAMED[kind],
  ignoreChanges: () => same,
  replaceOnChanges: getExpectedReplacement,
  deleteBeforeReplace: (kind) => UNDELETABLE[kind] ?? { operations: ["create-replacement"] },
  retainOnDelete: () => ({ kept: true }),
  dependsOn: () => same,
  deletedWith: () => same,
  transforms: () => same,
  // Everything but what becomes a part of the id; then that, too.
  secret: (kind) => (listNamesInId(kind).length > 0 ? { refused: "PAL_SECRET_IN_ID", stops: true } : same),
  unknown: () => same,
  get: () => ({ operations: ["read"] }),
  import: () => ({ refused: "PAL_IMPORT_OPTION" }),
};

/** The program: what a shape is in code. `cells.json` holds the data; `second` is whether a cell is changed yet. */
export const PROGRAM = `
const neon = require("@palisade/neon");
const pulumi = require("@pulumi/pulumi");
const cells = require("./cells.json");
class Box extends pulumi.ComponentResource {
  constructor(name, opts) { super("programs:index:Box", name, {}, opts); }
}
const outer = new Box("outer");
const inner = new Box("inner", { parent: outer });
const anchor = new neon.Project("anchor", { name: "anchor", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
const each = (inputs, of) => Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, of(value, name)]));
exports.refusals = {};
for (const { title, shape, kind, inputs, changed, inId, second, id } of cells) {
  const make = (name, args, opts) => new neon[kind](name, args, opts);
  const shapes = {
    component: () => make(title, inputs, { parent: inner }),
    "moved in": () => second
      ? make(title, inputs, { parent: inner, aliases: [{ parent: pulumi.rootStackResource }] })
      : make(title, inputs),
    "moved out": () => second
      ? make(title, inputs, { aliases: [{ parent: inner }] })
      : make(title, inputs, { parent: inner }),
    alias: () => second ? make(title, inputs, { aliases: [{ name: title + " once" }] }) : make(title + " once", inputs),
    renamed: () => make(second ? title : title + " once", inputs),
    ignoreChanges: () => make(title, second ? changed : inputs, { ignoreChanges: Object.keys(changed) }),
    replaceOnChanges: () => make(title, second ? changed : inputs, { replaceOnChanges: ["*"] }),
    deleteBeforeReplace: () => make(title, second ? changed : inputs, { replaceOnChanges: ["*"], deleteBeforeReplace: true }),
    retainOnDelete: () => second ? undefined : make(title, inputs, { retainOnDelete: true }),
    dependsOn: () => make(title, inputs, { dependsOn: [anchor, inner] }),
    deletedWith: () => make(title, inputs, { deletedWith: anchor }),
    transforms: () => make(title, inputs, { transforms: [({ props, opts }) => ({ props, opts: { ...opts, retainOnDelete: false } })] }),
    secret: () => make(title, each(inputs, (value, name) => (inId.includes(name) && !second ? value : pulumi.secret(value)))),
    unknown: () => make(title, each(inputs, (value) => anchor.defaultBranchId.apply(() => value))),
    get: () => second ? neon[kind].get(title, id) : make(title, inputs, { retainOnDelete: true }),
    import: () => make(title, inputs, { import: "some-id" }),
  };
  try {
    shapes[shape]();
  } catch (error) {
    exports.refusals[title] = error.message;
  }
}
`;
