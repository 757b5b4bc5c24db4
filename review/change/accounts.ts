import type { ChangeFinding } from "./finding.js";
import type { Change } from "./change.js";
import { toResourceRef } from "./resourceRef.js";

/** Resources that are looked for in another account than before. */
export const judgeAccounts = ({ resources }: Change): ChangeFinding[] =>
  resources.flatMap((resource) => {
    const { kind, before, after, urn } = resource;
    const [from, to] = [before?.inputs["account"], after?.inputs["account"]];
    if (!kind || !before || !after || from === to) return [];
    return [
      {
        urn,
        resource: toResourceRef(resource),
        rule: "account-changed",
        severity: "medium",
        direction: "unknown",
        property: "account",
        before: formatAccount(from),
        after: formatAccount(to),
        says: "The resource is looked for in another account.",
        remedy: "Approve it if both names stand for the same account; an update of an object elsewhere is refused.",
      },
    ];
  });

const formatAccount = (account: unknown): string => (typeof account === "string" ? account : "the main account");
