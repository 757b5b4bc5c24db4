import { writeFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { redact } from "../../contract/redact.js";
import { confirmByName } from "../confirm.js";
import { readInputFile } from "../inputFile.js";
import { EXIT } from "../../contract/exitCodes.js";
import { sign } from "../../review/approval/signature.js";
import { Subject } from "../../review/approval/subject.js";
import { escapeForTerminal } from "../../review/terminalText.js";
import type { Verb } from "../verb.js";

interface Options {
  key: string;
  validFor: number;
  reason?: string;
  out: string;
  yes: boolean;
}

/** What `palisade review --for-approval` wrote. */
const ForApproval = z.object({
  subject: Subject,
  findings: z.array(z.object({ severity: z.string(), rule: z.string(), resource: z.object({ name: z.string() }), says: z.string() })),
  unjudged: z.array(z.object({ urn: z.string(), why: z.string() })),
});

export const approve: Verb = (program, ended) =>
  void program
    .command("approve")
    .argument("<review>", "file that palisade review --for-approval wrote")
    .requiredOption("--key <file>", "SSH key to sign with; the public half when an agent holds the key")
    .option("--valid-for <time>", "how long it holds, such as 30m, 24h, 7d", parseDuration, 24 * HOUR_MS)
    .option("--reason <text>", "why, for the log")
    .option("--out <file>", "where the approval goes", "approval.json")
    .option("--yes", "do not ask", false)
    .addHelpText(
      "after",
      "\nWhoever signs vouches for the findings below it. The guard computes all of them again: a forged review approves nothing.",
    )
    .action(async (file: string, { key, validFor, reason, out, yes }: Options) => {
      const { subject, findings, unjudged } = await readReview(file);
      process.stderr.write(
        redact(
          [
            `${escapeForTerminal(subject.stack)} at commit ${subject.commit.slice(0, 12)}: ${subject.verdict}`,
            ...findings.map(
              ({ severity, rule, resource, says }) =>
                `  ${severity.padEnd(7)}${escapeForTerminal(resource.name)}: ${escapeForTerminal(says)} [${rule}]`,
            ),
            ...unjudged.map(({ urn, why }) => `  unclear ${escapeForTerminal(urn)}: ${escapeForTerminal(why)}`),
            "",
          ].join("\n"),
        ),
      );
      if (!yes) await confirmByName("the stack's name", subject.stack);
      const now = Date.now();
      const approval = {
        ...subject,
        version: 1 as const,
        ...(reason !== undefined && { reason: reason.slice(0, 500) }),
        issuedAt: new Date(now).toISOString(),
        expiresAt: new Date(now + validFor).toISOString(),
      };
      await writeFile(out, await sign(approval, key), { mode: 0o644 });
      process.stdout.write(`${out}: holds until ${approval.expiresAt}\n`);
      ended(EXIT.done);
    });

async function readReview(file: string): Promise<z.output<typeof ForApproval>> {
  const text = await readInputFile("the review", file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_USAGE", `${file} is not JSON`);
  }
  const read = ForApproval.safeParse(value);
  if (!read.success)
    throw new PalisadeError(
      "PAL_USAGE",
      `${file} was not written by palisade review --for-approval (${read.error.issues[0]?.path.join(".") ?? ""})`,
    );
  return read.data;
}

const HOUR_MS = 3_600_000;
const UNITS: Record<string, number> = { m: HOUR_MS / 60, h: HOUR_MS, d: 24 * HOUR_MS };
const LONGEST_MS = 30 * 24 * HOUR_MS;

function parseDuration(text: string): number {
  const [, count, unit = ""] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? NaN);
  if (!(ms > 0 && ms <= LONGEST_MS)) throw new InvalidArgumentError("It must be a time such as 30m, 24h or 7d, 30 days at most.");
  return ms;
}
