import { Argument } from "commander";
import { EXIT } from "../../contract/exitCodes.js";
import { toSafeJson } from "../../review/terminalText.js";
import { renderBashScript } from "../completion/bash.js";
import { renderFishScript } from "../completion/fish.js";
import { type Loadable, type VerbModel, listVerbModels } from "../completion/model.js";
import { renderZshScript } from "../completion/zsh.js";
import { createOutputOption } from "../options.js";
import type { Verb } from "../verb.js";

const SCRIPTS = { bash: renderBashScript, zsh: renderZshScript, fish: renderFishScript } satisfies Record<
  string,
  (verbs: readonly VerbModel[]) => string
>;
type Shell = keyof typeof SCRIPTS;

/** @param verbs what is completed */
export const completion =
  (verbs: Loadable): Verb =>
  (program, ended) =>
    void program
      .command("completion")
      .addArgument(new Argument("<shell>", "which shell reads the script").choices(Object.keys(SCRIPTS)))
      .addOption(createOutputOption())
      .addHelpText("after", NOTES)
      .action(async (shell: Shell, { output }: { output: "text" | "json" }) => {
        const script = SCRIPTS[shell](await listVerbModels(verbs));
        process.stdout.write(output === "json" ? `${toSafeJson({ version: 1, shell, script })}\n` : script);
        ended(EXIT.done);
      });

const NOTES = `
To load it, where palisade is on PATH:
  bash  eval "$(palisade completion bash)"            in ~/.bashrc
  zsh   eval "$(palisade completion zsh)"             in ~/.zshrc, after compinit
  fish  palisade completion fish | source             in ~/.config/fish/config.fish`;
