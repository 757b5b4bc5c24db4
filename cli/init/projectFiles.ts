import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPackageRoot } from "../pulumi/packageRoot.js";

/** What a new project is made of. */
export interface Answers {
  /** Of the Pulumi project, of its package and of the project at Neon. */
  readonly name: string;
  readonly region: string;
  /** Addresses, CIDR networks and `first-last` ranges, at least one. */
  readonly ranges: readonly string[];
  /** Address of the control API; undefined for an embedded plane, which then is a dependency. */
  readonly host: string | undefined;
}

/** Every file of a new project, by its name in the directory, with its text. */
export function buildProjectFiles(answers: Answers): ReadonlyMap<string, string> {
  return new Map([
    ["Pulumi.yaml", renderPulumiYaml(answers)],
    ["package.json", formatJson(buildManifest(answers))],
    ["tsconfig.json", formatJson(TSCONFIG)],
    ["index.ts", renderProgram(answers)],
    [".gitignore", ["node_modules/", "bin/", "# The data of palisade dev, with its keys.", ".palisade/", ""].join("\n")],
  ]);
}

const renderPulumiYaml = ({ name }: Answers): string => `name: ${name}
description: A Neon project with listed ranges, a protected branch and a role
runtime: nodejs
`;

interface Manifest {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Exactly the versions that this release was tested with: they are those of its own development. */
function buildManifest({ name, host }: Answers): object {
  const root = findPackageRoot(__dirname);
  const { version, devDependencies: tested } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  return {
    name,
    private: true,
    scripts: { typecheck: "tsc --noEmit" },
    dependencies: { "@palisade/neon": version, "@pulumi/pulumi": tested["@pulumi/pulumi"] },
    devDependencies: {
      ...(host === undefined ? { "@palisade/control-plane": version } : {}),
      "@types/node": tested["@types/node"],
      typescript: tested["typescript"],
    },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: "es2022",
    module: "node16",
    moduleResolution: "node16",
    strict: true,
    outDir: "bin",
    skipLibCheck: true,
    types: ["node"],
  },
  files: ["index.ts"],
};

const renderProgram = ({ name, region, ranges }: Answers): string => `import * as neon from "@palisade/neon";

// Who may try to connect: addresses, CIDR networks and first-last ranges. Every other address is refused before it can give a password.
const project = new neon.Project("${name}", {
  name: "${name}",
  regionId: "${region}",
  network: { allow: "listed", ranges: [${ranges.map((range) => JSON.stringify(range)).join(", ")}] },
});

// Neither this program nor anybody at Neon deletes or resets it while it is protected.
const production = new neon.ProtectedBranch("production", { projectId: project.projectId, name: "production" });

// Neon makes the password, and the stack's state does not hold it: palisade psql and palisade connection-string ask the API for it.
const app = new neon.Role("app", { projectId: project.projectId, branchId: production.branchId, name: "app" });

export const projectId = project.projectId;
export const host = production.host;
export const role = app.name;
`;

const formatJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
