import { Command } from "commander";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { refuseEmptyValues } from "../../cli/emptyValues.js";
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

  it.each(Object.entries(VERBS))(
    "%s refuses an empty option or argument: a variable that is not set must not become a default",
    async (name, { load }) => {
      const acted = jest.fn();
      const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
      program.hook("preAction", (_, verb) => {
        refuseEmptyValues(verb);
      });
      (await load())(program, acted, []);
      const [verb] = program.commands;
      const commands = verb?.commands.length ? verb.commands : [verb];
      for (const command of commands as Command[]) {
        command.exitOverride().configureOutput({ writeErr: () => undefined });
        const path = command === verb ? [name] : [name, command.name()];
        const mandatory = command.options.filter((option) => option.mandatory).flatMap((option) => [option.long ?? "", "given"]);
        const wanted = command.registeredArguments.filter((one) => one.required).map(() => "given");
        const valued = command.options.filter((option) => option.required || option.optional).map((option) => option.long ?? "");
        for (const option of valued)
          await expect(program.parseAsync([...path, ...wanted, ...mandatory, option, ""], { from: "user" })).rejects.toMatchObject({
            message: expect.stringMatching(/is empty|is invalid/) as string,
          });
        for (const [index, argument] of command.registeredArguments.entries())
          if (!argument.variadic)
            await expect(
              program.parseAsync(
                [...path, ...mandatory, ...command.registeredArguments.map((_, other) => (other === index ? "" : "given"))],
                { from: "user" },
              ),
            ).rejects.toMatchObject({ message: expect.stringMatching(/is empty|is invalid/) as string });
      }
      expect(acted).not.toHaveBeenCalled();
    },
  );

  it("has every verb that there is a file for", () => {
    const files = readdirSync(resolve(__dirname, "../../cli/verbs")).map((file) => file.replace(/\.ts$/, ""));
    const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(VERBS).map(camel).sort()).toEqual(files.sort());
  });
});
