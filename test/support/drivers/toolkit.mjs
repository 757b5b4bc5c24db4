import { NeonToolkit } from "@neondatabase/toolkit";
import { neonConfig } from "@neondatabase/serverless";

/** The toolkit as it is: what is set here is where its driver finds the plane, whose port is its own. Prints what became of each step. */
neonConfig.fetchEndpoint = (_host, port) => `https://localhost:${port}/sql`;
const toolkit = new NeonToolkit(process.env.NEON_API_KEY);
const told = {};
const outcome = (work) =>
  work.then(
    ({ length }) => length,
    (error) => `${error.message}`,
  );

const project = await toolkit.createProject({ name: "toolkit", org_id: process.env.NEON_ORG_ID });
const uri = (change) => {
  const url = new URL(project.connectionURIs[0].connection_uri);
  change(url);
  return { ...project, connectionURIs: [{ connection_uri: url.href }] };
};
const admit = async (ips) => {
  await toolkit.apiClient.updateProject(project.project.id, { project: { settings: { allowed_ips: { ips } } } });
};
/** Until the project's operations have ended. */
const settled = async () => {
  for (;;) {
    const { data } = await toolkit.apiClient.listProjectOperations({ projectId: project.project.id });
    if (data.operations.every(({ status }) => status === "finished")) return;
  }
};
await settled();
told.allowed = await toolkit.sql(project, "SELECT 40 + 2 AS answer");
told.big = (await toolkit.sql(project, "SELECT repeat('x', 5000000) AS text"))[0].text.length;
told.wrongPassword = await outcome(
  toolkit.sql(
    uri((url) => (url.password = "wrong")),
    "SELECT 1",
  ),
);
await admit(["198.51.100.7"]);
told.refusedByAddress = await outcome(toolkit.sql(project, "SELECT 1"));
await admit([]);
told.again = await outcome(toolkit.sql(project, "SELECT 1"));
await toolkit.deleteProject(project);
told.deleted = await outcome(toolkit.sql(project, "SELECT 1"));
process.stdout.write(JSON.stringify(told));
