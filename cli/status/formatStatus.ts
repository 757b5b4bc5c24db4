import { escapeForTerminal } from "../../review/terminalText.js";
import type { ComputeStatus, ProjectStatus, Status } from "./readStatus.js";

/** For a terminal. */
export function formatStatus({ apiUrl, orgId, plane, projects }: Status): string {
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
  const head = facts.map(([name, value]) => `${name.padEnd(12)}  ${escapeForTerminal(value)}\n`).join("");
  return `${head}\n${projects.length === 0 ? "There is no project.\n" : projects.map(formatProject).join("\n")}`;
}

function formatProject({ id, name, regionId, pgVersion, branches }: ProjectStatus): string {
  const lines = branches.flatMap((branch) => {
    const words = [
      branch.isDefault && "default",
      branch.protected && "protected",
      branch.state !== "ready" && escapeForTerminal(branch.state),
    ];
    const told = words.filter((word) => word !== false).join(", ");
    return [`  ${escapeForTerminal(branch.name)} (${branch.id})${told === "" ? "" : `: ${told}`}`, ...branch.computes.map(formatCompute)];
  });
  return `${escapeForTerminal(name)} (${id}): ${regionId}, Postgres ${pgVersion}\n${lines.map((line) => `${line}\n`).join("")}`;
}

function formatCompute({ id, type, state, disabled, host, sessions }: ComputeStatus): string {
  const open = sessions === null ? "" : `, ${sessions === 0 ? "no session" : sessions === 1 ? "1 session" : `${sessions} sessions`}`;
  return `    ${id}: ${type === "read_only" ? "read-only, " : ""}${disabled ? "disabled" : escapeForTerminal(state)}${open}, ${escapeForTerminal(host)}`;
}

/** Nobody but the user writes such a file: it is printed for `sudo tee -a /etc/hosts`. */
export function formatHostLines({ plane, projects }: Status): string {
  const computes = projects.flatMap(({ branches }) => branches.flatMap((branch) => branch.computes));
  const name = (label: string) => `${label}.${plane?.domain ?? "db.localhost"}`;
  return computes.map(({ id }) => `${plane?.proxy?.address ?? "127.0.0.1"} ${name(id)} ${name(`${id}-pooler`)}\n`).join("");
}
