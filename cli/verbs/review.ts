import { isIP } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import type { PreviewResult } from "../pulumi/preview.js";
import { resolveDirectory } from "../pulumi/target.js";
import { clearOutputs, parseOutput, FORMS } from "../review/outputs.js";
import { parseRequiredPack } from "../review/packDigests.js";
import type { ReviewOptions } from "../review/reviewChange.js";
import type { Verb } from "../verb.js";

export const review: Verb = (program, ended) =>
  void program
    .command("review")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--refresh", "let the preview look at the live objects first; this needs the API key", false)
    .option("--events <file>", "read this event stream of a preview instead of running one; - is standard input")
    .option("--state <file>", "with --events: what pulumi stack export printed")
    .option("--plan <file>", "with --events: the plan that pulumi preview --save-plan wrote")
    .option("--policy-pack <directory>", "run the preview with this policy pack; may be given again", collect, [])
    .option("--policy-pack-config <file>", "configuration of the policy pack; may be given again", collect, [])
    .option("--base <commit>", "also say what is new in code, packages and --policy-pack-config since this commit, such as origin/main")
    .option(
      "--advisory",
      "nobody vouches for the code under review, as of a fork: never approve, and say that it can forge the preview",
      false,
    )
    .option(
      "--require-policy-pack <name@sha256:digest>",
      "block where a policy pack of this content did not run; may be given again",
      parseRequiredPack,
      [],
    )
    .addOption(
      new Option("--applying-address <address>", "say when the change closes out the address it is applied from").argParser(parseAddress),
    )
    .option(
      "--for-approval <file>",
      "write down what an approval of this change would be about; reads the live objects, so it needs the API key",
    )
    .option(
      "--output <form[=file]>",
      `how to print: ${FORMS.join(", ")}; with a file the form goes there; may be given again`,
      parseOutput,
      [],
    )
    .addHelpText(
      "after",
      "\nExits with 0 when the change can be approved, 20 when a person must decide, 21 when it opens or destroys, 22 when a part cannot be judged.",
    )
    .action(async (options: ReviewOptions) => {
      const directory = resolveDirectory(options.cwd);
      if (options.advisory && options.forApproval !== undefined)
        throw new PalisadeError("PAL_USAGE", "--advisory and --for-approval exclude each other: what can be forged is not to be approved");
      await clearOutputs(options.output, [options.events, options.state, options.plan, options.forApproval]);
      const source = options.events ?? (await previewChange(options));
      const { reviewChange } = await loadReview();
      ended(await reviewChange(directory, source, options));
    });

async function previewChange({ cwd, stack, refresh, policyPack, policyPackConfig }: ReviewOptions): Promise<PreviewResult> {
  const { previewStack } = await import("../pulumi/preview.js");
  const packs = { policyPacks: policyPack, policyPackConfigs: policyPackConfig };
  return previewStack({ cwd, stack }, { refresh, ...packs, meanwhile: loadReview });
}

const loadReview = () => import("../review/reviewChange.js");

const collect = (value: string, others: string[]): string[] => [...others, value];

function parseAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError("It must be an IPv4 or IPv6 address.");
  return text;
}
