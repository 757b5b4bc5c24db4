import { REFUSALS, type RefusalName } from "../../control-plane/domain/refusals.js";
import type { Refused } from "../support/plane.js";
import { AUDIT_EXPORTS } from "./refusals/auditExports.js";
import { BRANCHES } from "./refusals/branches.js";
import { CALLS } from "./refusals/calls.js";
import { COMPUTES } from "./refusals/computes.js";
import { CUSTOMER_KEYS } from "./refusals/customerKeys.js";
import { TEMPORARY_ACCESS } from "./refusals/temporaryAccess.js";
import { ORGANIZATIONS } from "./refusals/organizations.js";
import { PROJECTS } from "./refusals/projects.js";

/** Every row of the table of refusals, provoked on a running plane; the compiler asks for each. */
const PROVOKE: Record<RefusalName, () => Promise<Refused>> = {
  ...CALLS,
  ...ORGANIZATIONS,
  ...PROJECTS,
  ...BRANCHES,
  ...COMPUTES,
  ...CUSTOMER_KEYS,
  ...AUDIT_EXPORTS,
  ...TEMPORARY_ACCESS,
};

test.each(Object.keys(PROVOKE) as RefusalName[])(
  "%s",
  async (name) => {
    const { status, code, text } = REFUSALS[name];
    const refused = await PROVOKE[name]();
    expect(refused).toMatchObject({ status, code });
    const pattern = text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "(.+)");
    expect(refused.message).toMatch(new RegExp(`^${pattern}$`));
    expect(refused.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(refused.headers.get("x-neon-ret-request-id")).toBe(refused.headers.get("x-request-id"));
    expect(refused.headers.get("content-type")).toContain("application/json");
  },
  60_000,
);

test("a wrong type is named by its path", async () => {
  expect((await PROVOKE.badRequest()).message).toContain("project.name");
  expect((await PROVOKE.badAllowedIp()).message).toContain('"192.0.2.999"');
});
