import { inspect } from "node:util";
import { PalisadeError } from "../../contract/errors.js";

/** The stack of what a function throws that is given to `apply`, as Pulumi's source maps make it. */
const STACK =
  "Error\n    at given (/home/user/shop/node_modules/@palisade/neon/dist/components/requiredTags.js:62:15)\n    at applyHelperAsync (/home/user/shop/node_modules/@pulumi/output.ts:516:31)";

it("is printed as one sentence, without the stack in which Node 20 finds no end", () => {
  const error = new PalisadeError("PAL_BASELINE_TAGS", "owner is empty");
  error.stack = STACK;
  expect(inspect(error, { colors: true })).toBe(`PalisadeError: ${error.message}`);
});
