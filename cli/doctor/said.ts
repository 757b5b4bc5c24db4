import { messageOf } from "../../contract/errors.js";

/** What the Pulumi CLI said, without its own prefix and help. */
export const said = (error: unknown): string => {
  const { stderr } = error as { stderr?: string };
  return (
    (stderr ?? messageOf(error))
      .trim()
      .split("\n")[0]
      ?.replace(/^error: /, "") ?? ""
  );
};
