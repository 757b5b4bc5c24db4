import { resolve } from "node:path";
import { Option } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import { ProjectId } from "../../contract/ids.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { NeonApi } from "../../provider/client/api.js";
import { resolveOrganisation } from "../../provider/client/organisation.js";
import { compareAccess, type Access, type Commit, type ExplainedAccess } from "../../review/access/access.js";
import { listCloudAccess } from "../../review/access/cloudAccess.js";
import { compareReviews } from "../../review/access/compareReviews.js";
import { Declarations } from "../../review/access/declarations.js";
import { type AccountAccess, readAccess } from "../../review/access/readAccess.js";
import { toCsv, toText } from "../../review/access/render.js";
import type { AccessReport } from "../../review/access/report.js";
import { judgeAccess } from "../../review/access/rules.js";
import { signReview, verifyReview } from "../../review/access/signedReview.js";
import { buildApplied, buildBaseline, findStackIdentity, type ManagedResource } from "../../review/drift/appliedRecord.js";
import { toSafeJson } from "../../review/terminalText.js";
import { CommitFinder } from "../access/commits.js";
import { readLastLogins } from "../access/lastLogins.js";
import { resolveAllowedSigners } from "../approval/approvalFile.js";
import { createGit } from "../approval/git.js";
import { readSettings } from "../connection/settings.js";
import { groupByAccount } from "../drift/record.js";
import { readStateInput, type StateInput } from "../drift/state.js";
import { readInputFile } from "../inputFile.js";
import { assertNewFile, writeNewFile } from "../newFile.js";
import { createPainter } from "../terminal.js";
import type { Verb } from "../verb.js";

interface Options {
  stack?: string;
  cwd: string;
  state?: string;
  sign?: string;
  out: string;
  last?: string;
  allowedSigners?: string;
  output: "text" | "json" | "csv";
}

export const accessReview: Verb = (program, ended) =>
  void program
    .command("access-review")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--state <file>", "output of pulumi stack export, instead of asking Pulumi")
    .option("--sign <key>", "SSH key to sign the review with; the public half when an agent holds the key")
    .option("--out <file>", "with --sign: where the signed review goes; never overwrites one", "access-review.json")
    .option("--last <file>", "signed review to compare with")
    .option("--allowed-signers <file>", "with --last: who may have signed it, as ssh-keygen reads it; outside of the program's folder")
    .addOption(new Option("--output <form>", "how to print").choices(["text", "json", "csv"]).default("text"))
    .addHelpText(
      "after",
      "\nExits with 0 when nothing is found and nothing changed, 23 with findings or a difference to the last review, 22 when the API refused a part and it is not judged. Branches whose compute sleeps are not woken: they are listed as not looked at.",
    )
    .action(async (options: Options) => {
      ended(await run(options));
    });

async function run(options: Options): Promise<ExitCode> {
  const { stack: named, cwd, sign, out, last, allowedSigners, output } = options;
  if (last !== undefined && allowedSigners === undefined)
    throw new PalisadeError("PAL_USAGE", "--last needs --allowed-signers: who may have signed it");
  if (last === undefined && allowedSigners !== undefined) throw new PalisadeError("PAL_USAGE", "--allowed-signers belongs to --last");
  if (sign !== undefined) await assertNewFile("--out", out);
  const signers = allowedSigners === undefined ? undefined : resolveAllowedSigners(allowedSigners, await findRoot(cwd));
  const input = await readStateInput(options);
  const { state } = input;
  const stack = findStackIdentity(state) ?? named ?? "unknown";
  const before =
    last === undefined || signers === undefined ? undefined : await verifyReview(await readInputFile("--last", last), signers, stack);
  const report = await buildReport(input, stack, options, before);
  if (sign !== undefined) {
    await writeNewFile("--out", out, await signReview(report, sign));
    process.stderr.write(`palisade: ${out}: signed, ${report.access.length} accesses\n`);
  }
  process.stdout.write(output === "json" ? `${toSafeJson(report)}\n` : output === "csv" ? toCsv(report) : toText(report, createPainter()));
  if (report.unjudged.length > 0) return EXIT.cannotJudge;
  return report.findings.length > 0 || (report.last?.changes.length ?? 0) > 0 ? EXIT.drift : EXIT.done;
}

/** The repository's folder; the program's own where it is in none. */
const findRoot = async (directory: string): Promise<string> =>
  (await createGit(directory)("rev-parse", "--show-toplevel").catch(() => resolve(directory))).trim();

async function buildReport(
  { state, pulumi }: StateInput,
  stack: string,
  { cwd, stack: named }: Options,
  before: Awaited<ReturnType<typeof verifyReview>> | undefined,
): Promise<AccessReport> {
  const nowMs = Date.now();
  const { managed } = buildBaseline(buildApplied(state, stack, nowMs), undefined);
  const accounts: AccountAccess[] = [];
  const settings = await readSettings(cwd, named, pulumi);
  for (const [name, own] of groupByAccount(managed)) accounts.push(await readAccount(settings.getAccount(name), own));
  const access = await explain([...accounts.flatMap((one) => one.access), ...listCloudAccess(state)].sort(compareAccess), cwd);
  const unjudged = accounts.flatMap((one) => one.unjudged);
  return {
    version: 1,
    stack,
    at: new Date(nowMs).toISOString(),
    access,
    findings: judgeAccess(access, nowMs),
    notLookedAt: accounts.flatMap(({ notLookedAt }) => notLookedAt),
    unjudged,
    last: before
      ? { at: before.reviewed.at, signer: before.signer, ...compareReviews(before.reviewed.access, access, unjudged.length === 0) }
      : null,
  };
}

type Account = ReturnType<Awaited<ReturnType<typeof readSettings>>["getAccount"]>;

async function readAccount(account: Account, own: readonly ManagedResource[]): Promise<AccountAccess> {
  const failed = new AbortController();
  const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter: new RateLimiter(), signal: failed.signal });
  try {
    const orgId = await resolveOrganisation(api, account);
    const projectIds = [...new Set(listProjectIds(own))].sort();
    const findLastLogin = await readLastLogins({ ...account, orgId });
    return await readAccess(api, { orgId, projectIds, declarations: new Declarations(own), findLastLogin });
  } finally {
    // What is still under way after a failure ends as well.
    failed.abort();
  }
}

/** Those that the stack declares, and those that it works in. */
const listProjectIds = (own: readonly ManagedResource[]): string[] =>
  own.flatMap(({ kind, id, inputs }) => ProjectId.safeParse(kind === "Project" ? id : inputs["projectId"]).data ?? []);

/** Declarations explain an access; commits explain those. */
async function explain(all: readonly Access[], directory: string): Promise<ExplainedAccess[]> {
  const finder = new CommitFinder(resolve(directory));
  const known = new Map<string, Commit | undefined>();
  for (const urn of new Set(all.flatMap(({ declaredBy }) => declaredBy))) known.set(urn, await finder.find(urn));
  return all.map((one) => ({ ...one, commits: one.declaredBy.flatMap((urn) => known.get(urn) ?? []) }));
}
