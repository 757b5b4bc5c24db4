import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { planeDirectory, type TestPlane } from "../support/plane.js";
import { countChanges, type Stack } from "../support/pulumi.js";
import { atEnd, inventory, names, newPlane, newStack, output, program, project, putAway, readRecorded, STACK_TRACE } from "./lab.js";

/** What answers in the plane's place: the plane itself, or 404 in some form. */
type Mood = "the plane" | "a page" | "Neon's body" | "Neon's body, but for the organisations";

let plane: TestPlane;
let stack: Stack;
let mood: Mood = "the plane";

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  const seedFile = join(planeDirectory(), "seed.yaml");
  writeFileSync(
    seedFile,
    `organisations: [{ name: other }]\nkeys: [{ kind: organisation, name: k, organisation: other, key: ${OTHER_KEY} }]\n`,
  );
  plane = await newPlane({ seedFile });
  const apiUrl = await gateway(plane.ready.apiUrl);
  const branch = 'new neon.Branch("dev", { projectId: shop.projectId, name: "dev" });';
  stack = await newStack(program(`const shop = ${project()};\n${branch}`), { ...plane.ready, apiUrl });
  await stack.up({ check: true });
}, 120_000);

const OTHER_KEY = "napi_otherorganisation0000000000000000";

/** One address in front of the plane, so that what is tested is the answer and not the host. */
async function gateway(target: string): Promise<string> {
  const server = createServer(
    (request, response) => void (mood === "the plane" ? forward(target, request, response) : refuse(request, response)),
  );
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  atEnd(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2`;

  async function refuse(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mood === "Neon's body, but for the organisations" && request.url?.endsWith("/users/me/organizations")) {
      await forward(target, request, response);
      return;
    }
    const page = mood === "a page";
    response.writeHead(404, { "content-type": page ? "text/html" : "application/json" });
    response.end(page ? "<h1>Not Found</h1>" : JSON.stringify({ request_id: "r", code: "", message: "not found" }));
  }
}

async function forward(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await new Response(request as unknown as ReadableStream).text();
  const answer = await fetch(new URL(target).origin + (request.url ?? ""), {
    method: request.method ?? "GET",
    headers: { authorization: request.headers.authorization ?? "", "content-type": "application/json" },
    ...(body !== "" && { body }),
  });
  response.writeHead(answer.status, { "content-type": "application/json" });
  response.end(await answer.text());
}

const makeKey = async (path: string, body: object): Promise<CreatedApiKey> => plane.api.ok(CreatedApiKey, "POST", path, body);

const CASES: { what: string; mood?: Mood; key?: () => Promise<string>; says: string }[] = [
  { what: "an address that answers 404 as a page", mood: "a page", says: "The server that answers is not Neon's control API: " },
  { what: "an address that answers 404 in Neon's body", mood: "Neon's body", says: "The server that answers is not Neon's control API: " },
  {
    what: "an address that knows the organisation and answers 404 to the rest",
    mood: "Neon's body, but for the organisations",
    says: "The control API does not know the object: ",
  },
  {
    what: "a key of another organisation",
    key: () => Promise.resolve(OTHER_KEY),
    says: "The resource belongs to another control API or organisation: ",
  },
  {
    what: "a key of another project of the organisation",
    key: async () => {
      const { project: other } = await plane.api.project({ name: "other" });
      return (await makeKey(`/organizations/${plane.ready.orgId}/api_keys`, { key_name: "p", project_id: other.id })).key;
    },
    says: "a project-scoped API key is not allowed to make this call",
  },
  {
    what: "a revoked key",
    key: async () => {
      const { id, key } = await makeKey("/api_keys", { key_name: "short" });
      await plane.api.call("DELETE", `/api_keys/${id}`);
      return key;
    },
    says: "The control API refuses the API key: ",
  },
];

test.each(CASES)(
  "$what never empties the state: refresh and destroy fail with a sentence",
  async ({ mood: asked = "the plane", key, says }) => {
    const [state, there] = [await readRecorded(stack), await names(plane.api, plane.ready.orgId)];
    const env = key && { NEON_API_KEY: await key() };
    const before = key ? await names(plane.api, plane.ready.orgId) : there;
    mood = asked;
    for (const verb of ["refresh", "destroy"] as const) {
      const result = await stack[verb](env ? { env } : {});
      expect(result.code).not.toBe(0);
      expect(output(result)).toContain(says);
      expect(output(result)).not.toMatch(STACK_TRACE);
      expect(await readRecorded(stack)).toEqual(state);
    }
    mood = "the plane";
    expect(await names(plane.api, plane.ready.orgId)).toEqual(before);
  },
);

test("what the API itself proves gone leaves the state", async () => {
  const shop = (await inventory(plane.api, plane.ready.orgId)).find(({ name }) => name === "shop");
  expect((await plane.api.call("DELETE", `/projects/${shop?.id ?? ""}`)).status).toBe(200);
  expect(countChanges(await stack.refresh({ check: true }))).toMatchObject({ delete: 2 });
  expect(await readRecorded(stack)).toEqual({});
});
