import { TemporaryAccessGiven, type TemporaryAccessRequest, TemporaryAccessResponse } from "../../contract/wire/temporaryAccess.js";
import { catchNotFound, type Calls } from "./calls.js";

const URL_OF_ACCESS = "/x-palisade/projects/{project_id}/branches/{branch_id}/temporary_access/{role_name}";

export interface AccessLocation {
  readonly projectId: string;
  readonly branchId: string;
  readonly roleName: string;
}

/** Access that ends by itself, an extension of the embedded plane. */
export function createTemporaryAccessCalls(calls: Calls) {
  const { client } = calls;
  const at = ({ projectId, branchId, roleName }: AccessLocation) => ({
    url: URL_OF_ACCESS,
    path: { project_id: projectId, branch_id: branchId, role_name: roleName },
  });
  return {
    /** What the role has, or had last; undefined when it never had any, and some weeks after its end. */
    find: async (location: AccessLocation) =>
      (await catchNotFound(calls.ask(TemporaryAccessResponse, client.get(at(location)))))?.temporary_access,

    give: (location: AccessLocation, body: TemporaryAccessRequest) =>
      calls.startChange(location.projectId, TemporaryAccessGiven, () =>
        client.put({ ...at(location), body, headers: { "content-type": "application/json" } }),
      ),

    end: (location: AccessLocation) => calls.completeChange(location.projectId, TemporaryAccessGiven, () => client.delete(at(location))),
  };
}
