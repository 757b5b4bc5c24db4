import { z } from "zod";
import { assertComplete } from "../../../provider/engine/schemaCompleteness.js";
import type { Shape } from "../../../provider/engine/define.js";
import { listFieldReviews } from "../../../provider/engine/review.js";

const described = { description: "A field." };
const SILENT = { ...described, review: { silent: "for the test" } };

const load = (inputs: Shape, { outputs = z.object({}), identityInputs }: { outputs?: Shape; identityInputs?: string[] } = {}) => {
  const onDelete = () =>
    ({ rule: "gone", severity: "low", direction: "neutral", message: "It is gone.", remedy: "No action needed." }) as const;
  assertComplete({ kind: "Thing", inputs, outputs, review: { onDelete, ...(identityInputs && { identityInputs }) } });
};

describe("a resource is refused when it is loaded", () => {
  it.each<[string, Shape, string]>([
    ["without a description", z.object({ size: z.number() }), "Thing.size has no description"],
    [
      "with its meta under a wrapper",
      z.object({ size: z.number().meta(SILENT).optional() }),
      "Thing.size: its meta is under a wrapper; write .meta() last",
    ],
    [
      "nested in an object that drops unknown keys",
      z.object({ box: z.object({ size: z.number().meta(SILENT) }).meta(SILENT) }),
      "Thing.box: a nested object must be z.strictObject, or unknown keys vanish",
    ],
    [
      "that says nothing to a reviewer",
      z.object({ size: z.number().meta(described) }),
      "Thing.size does not say what a change of it means",
    ],
    [
      "that says nothing to a reviewer, in an object of which another does",
      z.object({
        box: z
          .strictObject({ lid: z.string().meta(SILENT), size: z.number().meta(described) })
          .optional()
          .meta(described),
      }),
      "Thing.box.size does not say what a change of it means",
    ],
    [
      "that says nothing to a reviewer, and is a list of what does",
      z.object({ boxes: z.array(z.strictObject({ lid: z.string().meta(SILENT) })).meta(described) }),
      "Thing.boxes does not say what a change of it means",
    ],
  ])("for a field %s", (_, inputs, message) => {
    expect(() => {
      load(inputs);
    }).toThrow(message);
  });

  it("when it is said to be for an input that it has not", () => {
    const inputs = z.object({ size: z.number().meta(SILENT) });
    expect(() => {
      load(inputs, { identityInputs: ["size", "colour"] });
    }).toThrow("Thing is said to be for its colour, which is no input");
  });
});

describe("a resource is taken", () => {
  it("when a field that holds others says it for them, or they for it", () => {
    const inside = z.strictObject({ size: z.number().meta(described) });
    const inputs = z.object({
      box: inside.optional().meta(SILENT),
      crate: z.union([z.literal("none"), z.strictObject({ lid: z.string().meta({ ...described, review: "reach" }) })]).meta(described),
    });
    expect(() => {
      load(inputs);
    }).not.toThrow();
    expect([...listFieldReviews(inputs)].map(({ path, review }) => [path, review])).toEqual([
      ["box", { silent: "for the test" }],
      ["crate.lid", "reach"],
    ]);
  });

  it("with outputs that say nothing to a reviewer", () => {
    expect(() => {
      load(z.object({}), { outputs: z.object({ host: z.string().meta(described) }) });
    }).not.toThrow();
  });
});
