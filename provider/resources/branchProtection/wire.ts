import { ProjectId } from "../../../contract/ids.js";
import type { Branch } from "../../../contract/wire/branch.js";
import type { Properties, Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

/** `default` stays `default` while it is: which branch that was is in the id. */
export const fromWire = (branch: Branch, recorded: Properties): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(branch.project_id),
    branch: recorded["branch"] === "default" && branch.default ? "default" : branch.id,
    protected: branch.protected,
  },
  outputs: { branchName: branch.name },
});
