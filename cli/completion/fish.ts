import type { OptionModel, Values, VerbModel } from "./model.js";

export const renderFishScript = (
  verbs: readonly VerbModel[],
): string => `# Completion of palisade for fish. In ~/.config/fish/config.fish: palisade completion fish | source
function __palisade_verb
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = "$argv[1]"
end
function __palisade_no_verb
    test (count (commandline -opc)) -eq 1
end
complete -c palisade -f
complete -c palisade -n __palisade_no_verb -l help -d 'display help'
complete -c palisade -n __palisade_no_verb -l version -d 'output the version number'
${verbs.flatMap(renderVerbLines).join("\n")}
complete -c palisade -n __palisade_no_verb -a help -d 'display help for a verb'
complete -c palisade -n '__palisade_verb help' -a '${verbs.map(({ name }) => name).join(" ")}'
`;

function renderVerbLines({ name, description, options, arguments: taken }: VerbModel): string[] {
  const condition = `-n '__palisade_verb ${name}'`;
  const offered = taken.map(formatOffer).filter((words) => words !== "");
  return [
    `complete -c palisade -n __palisade_no_verb -a ${name} -d ${quote(description)}`,
    ...options.map((option) => `complete -c palisade ${condition} ${formatOptionWords(option)}`),
    ...offered.map((words) => `complete -c palisade ${condition} ${words}`),
  ];
}

function formatOptionWords({ names, description, value }: OptionModel): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
  // -x: a value follows, and it is no file.
  const taken = value === undefined ? "" : value.path === "file" ? " -r -F" : ` -x ${formatOffer(value)}`.trimEnd();
  return `${flags}${taken} -d ${quote(description)}`;
}

function formatOffer({ choices, path }: Values): string {
  if (path === "directory") return "-a '(__fish_complete_directories)'";
  if (path === "file") return "-F";
  return choices.length > 0 ? `-a ${quote(choices.join(" "))}` : "";
}

const quote = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;
