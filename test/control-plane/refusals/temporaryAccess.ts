import { accessBody, accessPath, approve, termsOf } from "../../support/temporaryAccess.js";
import { api, approving, mainBranch, type Provocations } from "./scene.js";

/** Access that ends by itself; where Bob may approve, and where nobody may. */
export const TEMPORARY_ACCESS = {
  accessNotFound: async () => {
    const { project, branch } = await approving.api.project();
    return approving.api.refused("GET", accessPath(termsOf(project.id, branch.id)));
  },
  accessEnd: async () => {
    const { project, branch } = await approving.api.project();
    const terms = termsOf(project.id, branch.id, { until: "2020-01-01T00:00:00Z" });
    return approving.api.refused("PUT", accessPath(terms), accessBody(terms, approve(terms)));
  },
  roleIsTemporary: async () => {
    const { project, branch } = await approving.api.project();
    const terms = termsOf(project.id, branch.id);
    await approving.api.call("PUT", accessPath(terms), accessBody(terms, approve(terms)));
    await approving.api.settled(project.id);
    const database = { name: "theirs", owner_name: terms.roleName };
    return approving.api.refused("POST", `/projects/${project.id}/branches/${branch.id}/databases`, { database });
  },
  accessApprovalRefused: async () => {
    const terms = termsOf("world-00000001", await mainBranch());
    return api.refused("PUT", accessPath(terms), accessBody(terms, approve(terms)));
  },
} satisfies Provocations;
