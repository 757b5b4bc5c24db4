import { AccessTerms, formatSignedAccess } from "../../../contract/temporaryAccess.js";
import { type Attack, defineAttacks, type Outcome, reportOutcome } from "../attack.js";
import { type AttackTarget, KEYS, type TestBranch } from "../attackTarget.js";
import { ask, buildTerms, endAccess, getShop, giveAccess } from "../temporaryAccess.js";

const GAIN = "access that nobody else approved, or not this one";

interface Asked {
  readonly terms: AccessTerms;
  readonly approval: string;
  /** Of the API; the organisation's own when left out. */
  readonly key?: string;
}

/** Held when the plane refuses it, and makes no role. */
const buildRefusal = (name: string, prepare: (target: AttackTarget, place: TestBranch) => Promise<Asked>): Omit<Attack, "kind"> => ({
  name,
  gain: GAIN,
  attempt: async (target) => {
    const place = await getShop(target);
    const { terms, approval, key } = await prepare(target, place);
    const answer = await ask(target, terms, approval, key);
    await target.approvers.writeList();
    return reportRefusal(target, place, terms, answer);
  },
});

async function reportRefusal(
  target: AttackTarget,
  place: TestBranch,
  { roleName }: AccessTerms,
  { status, body }: { status: number; body: Record<string, unknown> },
): Promise<Outcome> {
  const made = await target.query(place.owner, `SELECT FROM pg_catalog.pg_roles WHERE rolname = '${roleName}'`);
  return reportOutcome(status >= 400 && status < 500 && made.length === 0, String(body["message"]), `${status}, ${made.length} roles`);
}

/** An approval of one thing, used for another. */
const buildOtherTerms = (name: string, change: (terms: AccessTerms) => Partial<AccessTerms>): Omit<Attack, "kind"> =>
  buildRefusal(name, async (target, place) => {
    const signed = buildTerms(place);
    return { terms: { ...signed, ...change(signed) }, approval: await target.approvers.approve(signed) };
  });

/** A text that says the same and is not the one that was signed; or is, and is signed so. */
const buildOtherText = (name: string, change: (text: string) => string, isSignedSo = false): Omit<Attack, "kind"> =>
  buildRefusal(name, async (target, place) => {
    const terms = buildTerms(place);
    const { access, signature } = JSON.parse(await target.approvers.approve(terms)) as { access: string; signature: string };
    const text = change(access);
    return { terms, approval: formatSignedAccess(text, isSignedSo ? await target.approvers.sign(text) : signature) };
  });

/** Who asks is who signs, by another name. */
const buildOwnApproval = (name: string, requester: string): Omit<Attack, "kind"> =>
  buildRefusal(name, async (target, place) => {
    const terms = { ...buildTerms(place), requester };
    return { terms, approval: await target.approvers.approve(terms) };
  });

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const ALL_TABLES = AccessTerms.shape.privileges.parse({ schemas: [{ name: "public", privileges: ["USAGE"], tables: ["SELECT"] }] });
const reverseFields = (text: string): string => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse()));

export const temporaryApprovals: Attack[] = defineAttacks("temporary", [
  {
    name: "an approval whose access was ended, used again",
    gain: GAIN,
    attempt: async (target) => {
      const place = await getShop(target);
      const terms = buildTerms(place);
      const approval = await target.approvers.approve(terms);
      const first = await ask(target, terms, approval);
      await target.waitForOperations(place.projectId);
      await endAccess(target, terms);
      const second = await ask(target, terms, approval);
      if (first.status !== 200) throw new Error("the access was not given");
      return reportRefusal(target, place, terms, second);
    },
  },
  {
    name: "an approval of one branch, used for its copy",
    gain: GAIN,
    attempt: async (target) => {
      const place = await getShop(target);
      const copy = await target.createBranch(place, {});
      const terms = buildTerms(place);
      const asked = { ...terms, branchId: copy.branchId };
      return reportRefusal(target, copy, asked, await ask(target, asked, await target.approvers.approve(terms)));
    },
  },
  {
    name: "a second approval of a role that has access",
    gain: "a password of an access that was given to somebody else",
    attempt: async (target) => {
      const place = await getShop(target);
      const { terms } = await giveAccess(target, place);
      const approval = await target.approvers.approve(terms);
      const answer = await ask(target, terms, approval);
      return reportOutcome(answer.status === 409, String(answer.body["message"]), `${answer.status}: a second approval of the same role`);
    },
  },
  buildOtherTerms("an approval of one role, used for another", ({ roleName }) => ({ roleName: `${roleName}x` })),
  buildOtherTerms("an approval of an earlier end", () => ({ until: inHours(2) })),
  buildOtherTerms("an approval of fewer privileges", () => ({ privileges: ALL_TABLES })),
  buildOtherTerms("an approval for somebody else", () => ({ requester: "eve@palisade.test" })),
  buildOtherTerms("an approval for another reason", () => ({ reason: "another look" })),
  buildOtherText("white space in the text that was signed", (text) => text.replaceAll(",", ", ")),
  buildOtherText("fields in another order", reverseFields),
  buildOtherText("a letter as an escape", (text) => text.replace("a look", String.raw`\u0061 look`)),
  buildOtherText("white space, signed so", (text) => `${text} `, true),
  buildOtherText("an end that stands in the text twice, signed so", (text) => text.replace("{", `{"until":"${inHours(1)}",`), true),
  buildOwnApproval("one's own approval", "bob@palisade.test"),
  buildOwnApproval("one's own approval, in other letters", "BOB@Palisade.Test"),
  buildOwnApproval("one's own approval, with a word behind a plus sign", "bob+shop@palisade.test"),
  buildOwnApproval("one's own approval, by the second name of the key", "robert@palisade.test"),
  buildOwnApproval("one's own approval, by the second name in other letters", "Robert+x@palisade.test"),
  buildOwnApproval(
    "one's own approval, by a name that the list has in other letters and with a word behind a plus sign",
    "rob@palisade.test",
  ),
  buildRefusal("one's own approval, with a letter that looks the same", async (target, place) => {
    const terms = buildTerms(place);
    const approval = await target.approvers.approve(terms);
    return { terms: { ...terms, requester: "b\u043eb@palisade.test" }, approval };
  }),
  buildRefusal("the approval of whoever makes the call, for a requester of another name", async (target, place) => {
    const terms = buildTerms(place);
    return { terms, approval: await target.approvers.approve(terms, "stan"), key: KEYS.stranger };
  }),
  buildRefusal("an approval by a key that is on no list", async (target, place) => {
    const terms = buildTerms(place);
    return { terms, approval: await target.approvers.approve(terms, "unlisted") };
  }),
  buildRefusal("an approval by a key that was taken off the list since", async (target, place) => {
    const terms = buildTerms(place);
    const approval = await target.approvers.approve(terms);
    await target.approvers.writeList("bob");
    return { terms, approval };
  }),
  buildRefusal("a signature that was made for an approval of changes", async (target, place) => {
    const terms = buildTerms(place);
    return { terms, approval: await target.approvers.approve(terms, "bob", "palisade-approval@v1") };
  }),
  buildRefusal("an end that is past", async (target, place) => {
    const terms = buildTerms(place, { until: inHours(-1) });
    return { terms, approval: await target.approvers.approve(terms) };
  }),
  buildRefusal("an end beyond a week", async (target, place) => {
    const terms = buildTerms(place, { until: inHours(8 * 24) });
    return { terms, approval: await target.approvers.approve(terms) };
  }),
  buildRefusal("a call by a member of another organisation", async (target, place) => {
    const terms = buildTerms(place);
    return { terms, approval: await target.approvers.approve(terms), key: KEYS.viewer };
  }),
]);
