import { z } from "zod";
import type { Shape } from "../../provider/engine/define.js";
import { findItemSchema } from "../../provider/engine/fields.js";
import { HEAD, renderRows } from "./pages.js";

/** docs/reference/seed.md */
export async function renderSeedPage(): Promise<string> {
  // By a name the compiler does not follow: the plane is a package of its own.
  const built = "@palisade/control-plane/dist/seed";
  const { Seed } = (await import(`${built}/schema.js`)) as { Seed: Shape };
  return renderPage(Seed);
}

const renderPage = (seed: Shape): string => `${HEAD}
# The seed of an embedded plane

\`palisade dev --seed world.yaml\` begins a new data directory with what the file says; where there is a world already the plane says that it ignores the
file. It is applied under the rules of the API, without operations: everything is ready at once. A key that is not in the table is refused
(\`PAL_BAD_SEED\`, with the line).

\`\`\`yaml
${EXAMPLE}\`\`\`

## Fields

${HEADER}
${renderRows("Seed", seed.omit({ keys: true }), [], { isChangeShown: false }).join("\n")}

## Keys

\`keys\`: ${listKeys(seed).description ?? ""} Each is of a \`kind\`, which decides what else it takes:

${listKinds(listKeys(seed)).map(renderKeySection).join("\n\n")}
`;

const HEADER = `| field | type | required | when omitted | what it is |
|---|---|---|---|---|`;

const listKeys = (seed: Shape) => seed.shape["keys"] as z.ZodType;
const listKinds = (keys: z.ZodType): Shape[] => {
  const item = findItemSchema(keys);
  return item instanceof z.ZodUnion ? (item.options as Shape[]) : [];
};

const renderKeySection = (shape: Shape): string => {
  const { kind } = shape.shape;
  const name = kind instanceof z.ZodLiteral ? [...kind.values].join() : "";
  return `### ${name}\n\n${HEADER}\n${renderRows("Key", shape.omit({ kind: true }), [], { isChangeShown: false }).join("\n")}`;
};

/** A test plants it. */
export const EXAMPLE = `organisations:
  - { name: Acme, id: org-acme-00000001, plan: scale }
users:
  - { name: Ada, email: ada@acme.example, organisation: Acme, role: member }
projects:
  - name: shop
    id: quiet-lake-12345678
    organisation: Acme
    regionId: aws-eu-central-1
    settings: { allowed_ips: { ips: [203.0.113.0/24], protected_branches_only: false } }
    branches:
      - { name: main, protected: true }
      - { name: development, parent: main, computes: [read_write] }
    roles: [{ name: app }]
    databases: [{ name: orders, owner: app }]
keys:
  - { kind: organisation, name: ci, organisation: Acme, key: napi_onlyForTests }
vpcEndpoints:
  - { id: vpce-0123456789abcdef0, becomes: rejected, reason: not in the same region }
`;
