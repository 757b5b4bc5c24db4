import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import type { Branch } from "../../contract/wire/branch.js";
import { NeonApi } from "../../provider/client/api.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { getUrnName } from "../../review/change/change.js";
import { findKind } from "../../provider/resources/shared/kind.js";
import { parseState } from "../../review/change/state.js";
import { toSafeJson, escapeForTerminal } from "../../review/terminalText.js";
import { readSettings } from "../connection/settings.js";
import type { Verb } from "../verb.js";
import { createOutputOption } from "../options.js";
import { exportStack, importStack } from "../pulumi/export.js";
import { type StackTarget, resolveTarget } from "../pulumi/target.js";
import { type Rebinding, findRebindings, type UnclearBinding } from "../rebind/rebindings.js";
import { parseStateFile, type StateFile } from "../../review/change/state.js";
import { type StateRewrite, rewriteState } from "../rebind/rewriteState.js";

interface Options {
  stack?: string;
  cwd: string;
  apply: boolean;
  output: "text" | "json";
}

export const rebind: Verb = (program, ended) =>
  void program
    .command("rebind")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--apply", "write the state; without it only say what would be written", false)
    .addOption(createOutputOption())
    .addHelpText(
      "after",
      "\nExits with 0 when there is nothing to bind or it was done, 20 when --apply would write, 22 when it is unclear which branch is meant.",
    )
    .action(async ({ stack, cwd, apply, output }: Options) => {
      const target = await resolveTarget({ cwd, stack });
      const text = await exportStack(target);
      const recorded = parseState(text);
      if (recorded.pending.length > 0)
        throw new PalisadeError(
          "PAL_CANNOT_REBIND",
          `an update was cut off at ${recorded.pending.map(({ urn }) => getUrnName(urn)).join(", ")}: run pulumi refresh first`,
        );
      const found = findRebindings(recorded.resources, await readLiveBranches(recorded.resources, target));
      const state = parseStateFile(text);
      const rewritten = rewriteState(state, found.moves);
      const backup = apply && rewritten.length > 0 ? await replaceState(target, text, state) : undefined;
      const told = { ...found, rewritten, applied: backup !== undefined, ...(backup !== undefined && { backup }) };
      process.stdout.write(output === "json" ? `${toSafeJson(told, 1)}\n` : formatRebindings(told));
      ended(found.unclear.length > 0 ? EXIT.cannotJudge : rewritten.length > 0 && !apply ? EXIT.needsReview : EXIT.done);
    });

type Resources = ReturnType<typeof parseState>["resources"];

/** One call for each project of the state. */
async function readLiveBranches(
  resources: Resources,
  { directory, stack, pulumi }: StackTarget,
): Promise<ReadonlyMap<string, readonly Branch[]>> {
  const accounts = new Map<string, string | undefined>();
  for (const { type, id = "", inputs } of resources)
    if (["Project", "Branch"].includes(findKind(type) ?? ""))
      accounts.set(id.split("/", 1)[0] ?? "", typeof inputs["account"] === "string" ? inputs["account"] : undefined);
  const branches = new Map<string, readonly Branch[]>();
  if (accounts.size === 0) return branches;
  const settings = await readSettings(directory, stack, pulumi);
  const [limiter, { signal }] = [new RateLimiter(), new AbortController()];
  for (const [projectId, account] of accounts) {
    const { apiUrl, apiKey } = settings.getAccount(account);
    branches.set(projectId, (await new NeonApi(apiUrl, { apiKey, limiter, signal }).listBranches(projectId)).branches);
  }
  return branches;
}

/** @returns where the state lies as it was, encrypted secrets included; for its user alone */
async function replaceState(target: StackTarget, before: string, after: StateFile): Promise<string> {
  const backup = join(target.directory, `state-before-rebind-${new Date().toISOString().replace(/[:.]/g, "-")}.json`);
  await writeFile(backup, before, { mode: 0o600, flag: "wx" });
  const folder = await mkdtemp(join(tmpdir(), "palisade-rebind-"));
  try {
    const file = join(folder, "state.json");
    await writeFile(file, JSON.stringify(after), { mode: 0o600 });
    await importStack(target, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return backup;
}

function formatRebindings({
  moves,
  unclear,
  rewritten,
  applied,
  backup,
}: {
  moves: Rebinding[];
  unclear: UnclearBinding[];
  rewritten: StateRewrite[];
  applied: boolean;
  backup?: string;
}): string {
  const lines = [
    ...moves.map(({ urn, name, from, to }) => `${escapeForTerminal(getUrnName(urn))}: ${escapeForTerminal(name)} was ${from}, is ${to}`),
    ...rewritten.map(({ urn, place, to }) => `  ${escapeForTerminal(getUrnName(urn))} ${place} = ${escapeForTerminal(to)}`),
    ...unclear.map(({ urn, why }) => `unclear ${escapeForTerminal(getUrnName(urn))}: ${escapeForTerminal(why)}`),
    ...(moves.length === 0 && unclear.length === 0 ? ["Nothing to bind: every recorded branch is what it was."] : []),
    ...(moves.length > 0 && !applied ? ["Nothing was written: add --apply."] : []),
    ...(backup === undefined
      ? []
      : [
          `Written. The state as it was: ${backup}`,
          "Now run pulumi up --refresh; literal ids of the old branches in the program must be changed by hand.",
        ]),
  ];
  return `${lines.join("\n")}\n`;
}
