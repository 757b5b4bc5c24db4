import { CALLERS } from "../access/callers.js";
import type { DeclaredRoute } from "../access/declaredRoutes.js";
import { computeExpectedVerdict } from "../access/expectedVerdict.js";
import { escapeCell, HEAD } from "./pages.js";

const WHO: Readonly<Record<DeclaredRoute["who"], string>> = {
  anyone: "any key",
  person: "a personal key",
  organization: "the organisation of the path",
  organizationInPerson: "the organisation of the path, in person",
  chosenOrganization: "the organisation of the body or the query",
  project: "the project",
  projectInsider: "the project, as a member of its organisation",
  deletedProject: "the project, deleted or not",
  plane: "the administrator of the plane",
};
const LEAST: Readonly<Record<DeclaredRoute["least"], string>> = {
  none: "",
  viewer: "viewer",
  editor: "editor",
  administrator: "administrator",
  organizationAdministrator: "administrator of the organisation",
};

/** docs/access.md: from the declarations of the routes, as `npm run access` tries them. */
export const renderAccessPage = (routes: readonly DeclaredRoute[]): string => `${HEAD}
# Who may make which call

Every route of the embedded control plane declares where its caller must belong and the least role that it needs there. \`npm run access\` tries each of
these ${routes.length} routes with each of these ${CALLERS.length} callers by a real request to a fresh plane, and the hooks of tests beside them: what is refused changes nothing,
what is admitted succeeds.

A viewer only looks: what changes something, and what shows a password or another secret, needs an editor at least. The role for a project outranks the
one in the organisation, but an administrator's. A key of an organisation may do what its administrators may, but make and revoke keys; a key of a project
is an editor of that one project. What a caller cannot see is answered like what is not there.

| caller | |
|---|---|
${CALLERS.map(({ label: short, description: who }) => `| ${short} | ${escapeCell(who)} |`).join("\n")}

${renderTable(routes)}
`;

const renderTable = (routes: readonly DeclaredRoute[]): string => `A dot is a call that is admitted; else the status of the refusal.

| route | belongs to | least role | ${CALLERS.map(({ label: short }) => short).join(" | ")} |
|---|---|---|${CALLERS.map(() => "---|").join("")}
${routes.map(renderRow).join("\n")}`;

const renderRow = (route: DeclaredRoute): string =>
  `| \`${route.method} ${route.path}\` | ${WHO[route.who]} | ${LEAST[route.least]} | ${CALLERS.map((caller) => {
    const expected = computeExpectedVerdict(route, caller);
    return expected === "admitted" ? "·" : String(expected);
  }).join(" | ")} |`;
