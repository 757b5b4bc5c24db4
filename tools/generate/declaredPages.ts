import { join } from "node:path";
import { packageRoot } from "../../cli/pulumi/packageRoot.js";
import { catalogue } from "../../provider/resources/index.js";
import { type Declared, declaredIn } from "./declared.js";
import { cell, HEAD, idSection, rows } from "./pages.js";

const sourceOf = (path: string): Declared[] => declaredIn(join(packageRoot(__dirname), path));

/** docs/reference/protectedBranch.md */
export function protectedBranchPage(): string {
  const { inputs, outputs, id } = catalogue.Branch;
  const own = sourceOf("sdk/protectedBranch.ts").find(({ name, kind }) => name === "ProtectedBranch" && kind === "class");
  if (own === undefined) throw new Error("sdk/protectedBranch.ts declares no ProtectedBranch");
  return `${HEAD}
# ProtectedBranch

${own.text}

Type token, outputs and rules are those of [Branch](branch.md).

\`\`\`ts
const production = new neon.ProtectedBranch("production", { projectId: project.projectId, name: "production" });
\`\`\`

It leaves in two written steps: the option \`protect: false\` lifts Pulumi's own guard, \`new neon.Branch(…, { protected: false })\` in its place the one
at Neon; each needs a \`pulumi up\`.

${idSection("ProtectedBranch", { id, inputs, outputs })}

## Inputs

Those of \`Branch\` without \`protected\` and \`expiresAt\`:

| field | type | required | when omitted | a change | what it is |
|---|---|---|---|---|---|
${rows("Branch", inputs.omit({ protected: true, expiresAt: true }), []).join("\n")}
`;
}

/** docs/reference/lookup.md */
export function lookupPage(): string {
  const all = sourceOf("lookup/index.ts");
  const [options, ...found] = all.filter(({ kind }) => kind === "interface");
  if (options === undefined) throw new Error("lookup/index.ts declares no options");
  return `${HEAD}
# Look-ups

\`@palisade/neon/lookup\`. ${options.text}

\`\`\`ts
import * as neon from "@palisade/neon";
import { findBranch, findProject } from "@palisade/neon/lookup";

export = async () => {
  const shop = await findProject("shop");
  const main = await findBranch(shop.id, "main");
  return { host: neon.Branch.get("main", main.id).host };
};
\`\`\`

| function | answers | throws |
|---|---|---|
${all
  .filter(({ kind }) => kind === "function")
  .map(({ signature, text, throws = "" }) => `| \`${cell(signature)}\` | ${cell(text)} | ${cell(throws)} |`)
  .join("\n")}

${[...found, options].map(shapeSection).join("\n\n")}
`;
}

const shapeSection = ({ name, members }: Declared): string => `## ${name}

| field | type | what it is |
|---|---|---|
${members.map(({ name: field, type, isOptional, text }) => `| \`${field}${isOptional ? "?" : ""}\` | ${cell(type)} | ${cell(text)} |`).join("\n")}`;
