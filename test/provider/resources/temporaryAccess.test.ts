import { formatErrorMessage } from "../../../contract/errors.js";
import type { AccessTerms } from "../../../contract/temporaryAccess.js";
import { check } from "../../../provider/engine/check.js";
import type { Properties } from "../../../provider/engine/define.js";
import { catalogue } from "../../../provider/resources/index.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { createEmptyState, type State, runUp } from "../../../tools/reliability/pulumiUp.js";
import { sharedPlane } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { accessPath, approve, termsOf, verifyBob } from "../../support/temporaryAccess.js";

/** The life of an access over a real plane; test/data-plane/temporaryAccess has what Postgres makes of it, and real signatures. */
const KIND = "TemporaryAccess";
const plane = sharedPlane({ verifyApproval: verifyBob });
let terms: AccessTerms;
let state: State;

beforeEach(async () => {
  const { project, branch } = await plane.api.project();
  terms = termsOf(project.id, branch.id);
  state = createEmptyState();
  jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const process = () => startProviderProcess(plane.ready, { stackId: "11111111-1111-4111-8111-111111111111" });
const programOf = (wanted: AccessTerms, more: Properties = {}): Properties => ({
  ...wanted,
  approval: approve(wanted),
  revealPassword: true,
  managedBy: "urn:pulumi:dev::shop::t::visitor",
  ...more,
});
const apply = (program: Properties | undefined) => runUp(process(), KIND, state, program);
const recorded = (): { id: string; inputs: Properties; outs: Properties } => state.current ?? { id: "", inputs: {}, outs: {} };
const live = async () => (await plane.api.call("GET", accessPath(terms))).body;
const advance = (seconds: number) => plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: seconds });

it("is given, refreshed without a difference, changed with an approval of its own, and ended", async () => {
  await apply(programOf(terms));
  const { id, outs } = recorded();
  expect([id, outs]).toMatchObject([
    `${terms.projectId}/${terms.branchId}/visitor`,
    { approver: "bob@example.com", password: expect.stringMatching(/^npg_/) as string },
  ]);
  const refreshed = await process().hooks[KIND].read(id, outs);
  expect(refreshed.inputs).toMatchObject({ until: outs["until"] as string, approval: outs["approval"] as string });
  const longer = { ...terms, until: new Date(Date.now() + 7_200_000).toISOString(), reason: "more to look at" };
  await apply(programOf(longer));
  expect(await live()).toMatchObject({ temporary_access: { until: longer.until, reason: "more to look at" } });
  expect(recorded().outs["password"]).not.toBe(outs["password"]);
  await apply(undefined);
  expect(await live()).toMatchObject({ temporary_access: { status: "ended", ended_by: "call" } });
});

it("keeps no password where none is asked for", async () => {
  await apply(programOf(terms, { revealPassword: false }));
  expect(JSON.stringify(recorded().outs)).not.toContain("npg_");
});

it("is refused without an approval, with one that was used, and with one of other terms", async () => {
  await expect(apply(programOf(terms, { approval: undefined }))).rejects.toThrow("PAL_ACCESS_UNAPPROVED");
  const used = programOf(terms);
  await apply(used);
  await apply(undefined);
  expect(await apply(used).then(() => "nothing was refused", formatErrorMessage)).toMatch(/it was used before.*PAL_ACCESS_UNAPPROVED/);
  const { failures } = check(catalogue[KIND], {}, { ...used, reason: "another" });
  expect(failures).toEqual([{ property: "approval", reason: "is of other terms: every one must be as it was signed" }]);
  expect(check(catalogue[KIND], {}, used).failures).toEqual([]);
});

it("says to a reviewer what it opens, until when, and that nobody approved it", () => {
  const { review, inputs } = catalogue[KIND];
  expect(review.onCreate?.({ ...terms, approval: "signed" })).toMatchObject({
    severity: "medium",
    direction: "opens",
    message: expect.stringContaining(terms.until) as string,
  });
  expect(review.onCreate?.({ ...terms })).toMatchObject({ rule: "access-unapproved", severity: "high", direction: "opens" });
  const rule = inputs.shape.approval.meta()?.review as { when: (before: unknown, after: unknown, existed: boolean) => boolean };
  expect([rule.when("x", undefined, true), rule.when(undefined, "x", true), rule.when("x", "y", true)]).toEqual([true, false, false]);
});

it("stays in the program when its time is over, and is not given again", async () => {
  await apply(programOf(terms));
  await advance(3_601);
  const { id, outs, inputs } = recorded();
  await until("a refresh sees the end", async () => (await process().hooks[KIND].read(id, outs)).props["status"] === "ended");
  await process().hooks[KIND].update(id, outs, inputs);
  const { roles } = (await plane.api.call("GET", `/projects/${terms.projectId}/branches/${terms.branchId}/roles`)).body as {
    roles: { name: string }[];
  };
  expect(roles.map(({ name }) => name)).not.toContain("visitor");
});
