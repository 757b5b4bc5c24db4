import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

/** Opening a project to everybody needs the word, by the set that is live afterwards. */
const plane = sharedPlane();

it.each([
  ["0.0.0.0/1", "128.0.0.0/1"],
  ["::/1", "8000::/1"],
  ["0.0.0.0-127.255.255.255", "120.0.0.0-255.255.255.255"],
])("an entry is refused that completes a family with what is there: %s and %s", async (there, added) => {
  const { hooks } = startProviderProcess(plane.ready);
  const project = await hooks.Project.create({
    name: `half-${there}`,
    regionId: "aws-eu-central-1",
    managedBy: `urn:${there}`,
    network: { allow: "listed", ranges: [there] },
  });
  const entry = { projectId: project.id, managedBy: `urn:entry:${there}` };
  await expect(hooks.IpAllowlistEntry.create({ ...entry, ranges: [added] })).rejects.toThrow("PAL_OPENS_FAMILY");
  const { body } = await plane.api.call("GET", `/projects/${project.id}`);
  expect((body as { project: { settings: { allowed_ips: { ips: string[] } } } }).project.settings.allowed_ips.ips).toHaveLength(1);
  await expect(hooks.IpAllowlistEntry.create({ ...entry, ranges: ["192.0.2.1"] })).resolves.toBeDefined();
});
