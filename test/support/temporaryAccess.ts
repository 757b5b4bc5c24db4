import { randomUUID } from "node:crypto";
import { AccessTerms, buildApprovalText, formatSignedAccess } from "../../contract/temporaryAccess.js";
import type { PlaneOptions } from "@palisade/neon/contract/plane";

/** In the place of `ssh-keygen`, for tests of what the plane does with its word: Bob signs with this text. test/data-plane/temporaryAccess has real keys. */
const SIGNATURE = "signed by bob";
export const verifyBob: PlaneOptions["verifyApproval"] = (_, signature) =>
  Promise.resolve(signature === SIGNATURE ? { signer: "bob@example.com", isAlso: [] } : { why: "no approver of this plane has signed it" });

export const termsOf = (projectId: string, branchId: string, given: Partial<AccessTerms> = {}): AccessTerms =>
  AccessTerms.parse({
    ...{ projectId, branchId, databaseName: "neondb", roleName: "visitor", privileges: { database: ["CONNECT"] } },
    ...{ until: new Date(Date.now() + 3_600_000).toISOString(), reason: "a look", requester: "ada@example.com" },
    ...given,
  });

export const approve = (terms: AccessTerms): string =>
  formatSignedAccess(buildApprovalText(terms, randomUUID(), new Date().toISOString()), SIGNATURE);

export const accessPath = ({ projectId, branchId, roleName }: AccessTerms): string =>
  `/x-palisade/projects/${projectId}/branches/${branchId}/temporary_access/${roleName}`;

export const accessBody = ({ databaseName, privileges, until, reason, requester }: AccessTerms, approval: string) => ({
  temporary_access: { database_name: databaseName, privileges, until, reason, requester, approval },
});
