import { ATTACKS } from "../attacks/attacks.js";
import { type KindName, KINDS, NOT_DEFENDED } from "../attacks/kinds.js";
import { escapeCell, HEAD } from "./pages.js";

const kinds = Object.keys(KINDS) as KindName[];
const listAttacks = (kind: KindName) => ATTACKS.filter((attack) => attack.kind === kind);

/** docs/threats.md: from the attacks' own texts, so that nothing is said to be defended that is not tried. */
export const renderThreatsPage = (): string => `${HEAD}
# Threats

What the embedded control plane (\`palisade dev\`) is tried against, and what it does not stand against. \`npm run attacks\` starts a fresh plane with a
real Postgres and tries all ${ATTACKS.length} of these by real requests, real SQL and real files; it fails when one gets through.
\`npm run attacks -- --fuzz --rounds 300 --seed 1\` puts random statements of a tenant between the acts of the plane, and looks after each for
more power than a tenant may have, for rows of another branch, and for a branch that cannot be reached.

| what is tried | tries |
|---|---|
${kinds.map((kind) => `| [${KINDS[kind].title}](#${formatAnchor(KINDS[kind].title)}) | ${listAttacks(kind).length} |`).join("\n")}

## Not defended

${NOT_DEFENDED.map((text) => `- ${text}`).join("\n")}

${kinds.map(renderSection).join("\n")}`;

function renderSection(kind: KindName): string {
  const { title, who, defence } = KINDS[kind];
  return `## ${title}

Tried by ${who}. ${defence}

| try | what would be gained |
|---|---|
${listAttacks(kind)
  .map(({ name, gain }) => `| ${escapeMarkdown(name)} | ${escapeMarkdown(gain)} |`)
  .join("\n")}
`;
}

/** Names are foreign text on purpose: nothing of it is markup. */
const escapeMarkdown = (text: string): string => escapeCell(text.replace(/[\\`*_<>[\]]/g, "\\$&"));

const formatAnchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
