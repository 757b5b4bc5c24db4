import { shown } from "../../review/shown.js";
import type { ComputeStatus, ProjectStatus, Status } from "./look.js";

/** For a terminal. */
export function statusText({ apiUrl, orgId, plane, projects }: Status): string {
  const facts: [string, string][] = [
    ["API", `${apiUrl}${plane ? ", an embedded plane" : ""}`],
    ["organisation", orgId],
    ...(plane
      ? ([
          ["proxy", plane.proxy ? `${plane.proxy.address ?? "this machine"}:${plane.proxy.port}` : "none: computes are records"],
          ...(plane.proxy ? [["root", plane.proxy.rootCert]] : []),
          ...(plane.dataDirectory === undefined ? [] : [["data", plane.dataDirectory]]),
        ] as [string, string][])
      : []),
  ];
  const head = facts.map(([name, value]) => `${name.padEnd(12)}  ${shown(value)}\n`).join("");
  return `${head}\n${projects.length === 0 ? "There is no project.\n" : projects.map(projectText).join("\n")}`;
}

function projectText({ id, name, regionId, pgVersion, branches }: ProjectStatus): string {
  const lines = branches.flatMap((branch) => {
    const words = [branch.isDefault && "default", branch.protected && "protected", branch.state !== "ready" && shown(branch.state)];
    const told = words.filter((word) => word !== false).join(", ");
    return [`  ${shown(branch.name)} (${branch.id})${told === "" ? "" : `: ${told}`}`, ...branch.computes.map(computeText)];
  });
  return `${shown(name)} (${id}): ${regionId}, Postgres ${pgVersion}\n${lines.map((line) => `${line}\n`).join("")}`;
}

function computeText({ id, type, state, disabled, host, sessions }: ComputeStatus): string {
  const open = sessions === null ? "" : `, ${sessions === 0 ? "no session" : sessions === 1 ? "1 session" : `${sessions} sessions`}`;
  return `    ${id}: ${type === "read_only" ? "read-only, " : ""}${disabled ? "disabled" : shown(state)}${open}, ${shown(host)}`;
}

/** Nobody but the user writes such a file: it is printed for `sudo tee -a /etc/hosts`. */
export function hostLines({ plane, projects }: Status): string {
  const computes = projects.flatMap(({ branches }) => branches.flatMap((branch) => branch.computes));
  const name = (label: string) => `${label}.${plane?.domain ?? "db.localhost"}`;
  return computes.map(({ id }) => `${plane?.proxy?.address ?? "127.0.0.1"} ${name(id)} ${name(`${id}-pooler`)}\n`).join("");
}
