import { createHash } from "node:crypto";
import { AuditExportResponse } from "../../../contract/wire/auditExport.js";
import type { Properties } from "../../../provider/engine/define.js";
import type { Hooks } from "../../../provider/engine/hooks.js";
import { STRONG } from "../../../tools/reliability/resourcePrograms.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

/** A signing secret is told once: whenever that was to somebody else than the state, the state notices and gets another. */
const plane = sharedPlane();
const ELSEWHERE = { webhook: { url: "https://127.0.0.1:10/strong" } };
const program = (over: Properties = {}) => ({
  ...STRONG.AuditExport({ orgId: plane.ready.orgId, projectId: "", branchId: "" }),
  managedBy: "urn:export",
  ...over,
});
/** As each run of Pulumi starts it. */
const start = (): Hooks => startProviderProcess(plane.ready).hooks.AuditExport;
const at = (id: string) => `/x-palisade/organizations/${id.replace("/", "/audit_exports/")}`;

let id: string;
let recorded: Properties;
beforeEach(async () => {
  const { inputs } = await start().check({}, program());
  ({ id, outs: recorded } = await start().create(inputs));
});
afterEach(async () => {
  await plane.api.call("DELETE", at(id));
});

const ask = (method: string, path: string, body?: object) => plane.api.ok(AuditExportResponse, method, path, body);
/** Whether messages are signed with what the state has. */
async function isSignedWith({ signingSecret }: Properties): Promise<boolean> {
  const { audit_export } = await ask("GET", at(id));
  return createHash("sha256").update(String(signingSecret)).digest("hex") === audit_export.signing_secret_digest;
}
async function up(over: Properties = {}): Promise<{ outs: Properties; changes: boolean | undefined }> {
  const hooks = start();
  const { inputs } = await hooks.check(recorded, program(over));
  const { changes } = await hooks.diff(id, recorded, inputs);
  return { changes, outs: (await hooks.update(id, recorded, inputs)).outs };
}
const refresh = async () => {
  recorded = (await start().read(id, recorded)).props;
};

it("is the state's own after the creation, and nothing is due", async () => {
  expect(await isSignedWith(recorded)).toBe(true);
  await refresh();
  const { changes, outs } = await up();
  expect([changes, outs["signingSecret"]]).toEqual([undefined, recorded["signingSecret"]]);
});

it.each(["at once", "after a refresh"])("of a run that died between the move to another host and its answer: %s", async (when) => {
  await ask("PATCH", at(id), { sink: { type: "webhook", url: ELSEWHERE.webhook.url } });
  if (when === "after a refresh") await refresh();
  expect(await isSignedWith(recorded)).toBe(false);
  const { changes, outs } = await up({ sink: ELSEWHERE });
  expect([await isSignedWith(outs), changes]).toEqual([true, when === "after a refresh" ? true : undefined]);
});

it("that somebody else has had rotated", async () => {
  await ask("POST", `${at(id)}/rotate_secret`);
  await refresh();
  const { changes, outs } = await up();
  expect([changes, await isSignedWith(outs)]).toEqual([true, true]);
  recorded = outs;
  expect((await up()).changes).toBeUndefined();
});
