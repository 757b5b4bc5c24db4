import { escapeForTerminal } from "../../review/terminalText.js";
import type { AuditExportStatus } from "./auditExports.js";
import type { ComputeStatus, ProjectStatus, Status } from "./readStatus.js";

/** For a terminal. */
export function formatStatus({ apiUrl, orgId, plane, projects, auditExports }: Status): string {
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
  const listed = projects.length === 0 ? "There is no project.\n" : projects.map(formatProject).join("\n");
  return `${head}\n${listed}${auditExports === undefined ? "" : `\n${formatAuditExports(auditExports)}`}`;
}

function formatAuditExports(auditExports: readonly AuditExportStatus[] | null): string {
  if (auditExports === null) return "Exports of the audit: this key may not read them.\n";
  if (auditExports.length === 0) return "There is no export of the audit: it is on the plane's machine alone.\n";
  return `Exports of the audit\n${auditExports.map(formatAuditExport).join("")}`;
}

function formatAuditExport(one: AuditExportStatus): string {
  const { rows, bytes, share } = one.backlog;
  const size = bytes === null || rows === 0 ? "" : `, about ${bytes} bytes`;
  const full = share === null || rows === 0 ? "" : `, ${Math.floor(share * 100)} % of what is kept`;
  const state = `${one.blocked ? "blocked" : one.state}${one.failingSince === null ? "" : ` since ${one.failingSince}`}`;
  const lines = [
    `  ${one.name} (${one.id}): ${state}, to ${one.destination}`,
    `    delivered up to row ${one.position}; backlog ${rows} rows${size}${full}${one.missed === 0 ? "" : `; ${one.missed} rows were lost to it`}`,
    `    last success ${one.lastSuccessAt ?? "never"}`,
    ...(one.lastFailure === null ? [] : [`    last failure ${one.lastFailure.at}: ${one.lastFailure.reason}`]),
  ];
  return formatLines(lines);
}

/** Whatever the API says in a line stays in it. */
const formatLines = (lines: readonly string[]): string => lines.map((line) => `${escapeForTerminal(line)}\n`).join("");

function formatProject({ id, name, regionId, pgVersion, branches }: ProjectStatus): string {
  const lines = branches.flatMap((branch) => {
    const words = [branch.isDefault && "default", branch.protected && "protected", branch.state !== "ready" && branch.state];
    const told = words.filter((word) => word !== false).join(", ");
    return [`  ${branch.name} (${branch.id})${told === "" ? "" : `: ${told}`}`, ...branch.computes.map(formatCompute)];
  });
  return formatLines([`${name} (${id}): ${regionId}, Postgres ${pgVersion}`, ...lines]);
}

function formatCompute({ id, type, state, disabled, host, sessions }: ComputeStatus): string {
  const open = sessions === null ? "" : `, ${sessions === 0 ? "no session" : sessions === 1 ? "1 session" : `${sessions} sessions`}`;
  return `    ${id}: ${type === "read_only" ? "read-only, " : ""}${disabled ? "disabled" : state}${open}, ${host}`;
}

/** Nobody but the user writes such a file: it is printed for `sudo tee -a /etc/hosts`. */
export function formatHostLines({ plane, projects }: Status): string {
  const computes = projects.flatMap(({ branches }) => branches.flatMap((branch) => branch.computes));
  const name = (label: string) => `${label}.${plane?.domain ?? "db.localhost"}`;
  return formatLines(computes.map(({ id }) => `${plane?.proxy?.address ?? "127.0.0.1"} ${name(id)} ${name(`${id}-pooler`)}`));
}
