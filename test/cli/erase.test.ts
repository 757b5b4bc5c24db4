import { requestErasure } from "../../cli/erase/requestErasure.js";
import { httpDouble } from "../support/httpDouble.js";

/** No argument can change which object a call is about: what is no id is refused before anything is sent. */
const PROJECT = "quiet-lake-12345678";

it.each([
  ["branch", `${PROJECT}/..`],
  ["branch", `${PROJECT}/.`],
  ["branch", `${PROJECT}/`],
  ["branch", `${PROJECT}/%2e%2e`],
  ["branch", `${PROJECT}/br-a-1/erase`],
  ["branch", `../${PROJECT}`],
  ["branch", `/br-still-sea-a1111111`],
  ["branch", ".."],
  ["branch", "br-still-sea-a1111111?dry_run=false#"],
  ["project", ".."],
  ["project", ""],
  ["project", "shared"],
  ["project", `${PROJECT}/branches/br-still-sea-a1111111`],
  ["project", `${PROJECT}?dry_run=false#`],
] as const)("refuses to erase the %s %j, and sends nothing", async (kind, id) => {
  const double = await httpDouble([]);
  try {
    const account = { apiUrl: double.url, apiKey: "napi_erase_test" } as Parameters<typeof requestErasure>[0];
    await expect(requestErasure(account, { kind, id, withCopies: false, dryRun: false })).rejects.toMatchObject({ code: "PAL_BAD_ID" });
    expect(double.requests).toEqual([]);
  } finally {
    await double.close();
  }
});
