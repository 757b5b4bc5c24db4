import { join } from "node:path";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { catalogue } from "../../provider/resources/index.js";
import { type Declared, readDeclarations } from "./declared.js";
import { escapeCell, HEAD, renderIdSection, renderRows } from "./pages.js";

const readSource = (path: string): Declared[] => readDeclarations(join(findPackageRoot(__dirname), path));

/** docs/reference/protectedBranch.md */
export function renderProtectedBranchPage(): string {
  const { inputs, outputs, id } = catalogue.Branch;
  const own = readSource("sdk/protectedBranch.ts").find(({ name, kind }) => name === "ProtectedBranch" && kind === "class");
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

${renderIdSection("ProtectedBranch", { id, inputs, outputs })}

## Inputs

Those of \`Branch\` without \`protected\` and \`expiresAt\`:

| field | type | required | when omitted | a change | what it is |
|---|---|---|---|---|---|
${renderRows("Branch", inputs.omit({ protected: true, expiresAt: true }), []).join("\n")}
`;
}

/** docs/reference/lookup.md */
export function renderLookupPage(): string {
  const all = readSource("sdk/lookup/index.ts");
  const [options, ...found] = all.filter(({ kind }) => kind === "interface");
  if (options === undefined) throw new Error("sdk/lookup/index.ts declares no options");
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
  .map(({ signature, text, throws = "" }) => `| \`${escapeCell(signature)}\` | ${escapeCell(text)} | ${escapeCell(throws)} |`)
  .join("\n")}

${[...found, options].map(renderShapeSection).join("\n\n")}
`;
}

const renderShapeSection = ({ name, members }: Declared): string => `## ${name}

| field | type | what it is |
|---|---|---|
${members.map(({ name: field, type, isOptional, text }) => `| \`${field}${isOptional ? "?" : ""}\` | ${escapeCell(type)} | ${escapeCell(text)} |`).join("\n")}`;
