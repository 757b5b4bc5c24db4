import { Command } from "commander";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { VERBS } from "../../cli/verbs.js";

/** The help lists verbs that are not loaded: what it says of each is what the verb itself takes. */
describe("the list of verbs", () => {
  it.each(Object.entries(VERBS))("is right about %s", async (name, { takes, description, load }) => {
    const program = new Command();
    (await load())(program, () => undefined, []);
    const [verb, ...others] = program.commands;
    const listed = new Command().command(`${name} ${takes ?? ""}`);
    const argumentsOf = (command: Command | undefined) =>
      command?.registeredArguments.map((argument) => [argument.name(), argument.required, argument.variadic]);
    expect([verb?.name(), others]).toEqual([name, []]);
    expect(argumentsOf(verb)).toEqual(argumentsOf(listed));
    expect(verb?.options.length).toBeGreaterThan(0);
    expect(description).toMatch(/^[A-Z].*\.$/);
  });

  it("has every verb that there is a file for", () => {
    const files = readdirSync(resolve(__dirname, "../../cli/verbs")).map((file) => file.replace(/\.ts$/, ""));
    const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(VERBS).map(camel).sort()).toEqual(files.sort());
  });
});
