import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { GeneralError } from "@palisade/neon/contract/wire/common";
import { startPlane } from "../../support/plane.js";
import { api, limited, plane, type Provocations, slow } from "./scene.js";

/** Refused whatever they ask for. */
export const CALLS = {
  badRequest: () => api.refused("POST", "/projects", { project: { name: 7 } }),
  badJson: () => api.refused("POST", "/projects", "{"),
  bodyTooLarge: () => api.refused("POST", "/projects", { project: { name: "x".repeat(1_048_576) } }),
  unauthenticated: () => api.withKey("napi_nobody").refused("GET", "/auth"),
  unknownRoute: () => api.refused("GET", "/no/such/route"),
  foreignHost: async () => {
    // By hand: fetch names the host itself.
    const asked = get(`${plane.ready.apiUrl}/auth`, { headers: { host: "plane.evil.example" } });
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const { code, message } = GeneralError.parse(await json(answer));
    return { status: answer.statusCode ?? 0, code, message, headers: new Headers(answer.headers as Record<string, string>) };
  },
  rateLimited: () => Promise.any(Array.from({ length: 400 }, () => limited.api.refused("GET", "/auth"))),
  busy: async () => {
    const { body } = await slow.api.call("POST", "/projects", { project: { org_id: slow.ready.orgId } });
    return slow.api.refused("PATCH", `/projects/${(body as { project: { id: string } }).project.id}`, { project: { name: "x" } });
  },
  internal: async () => {
    // No call leads there, so a fault is laid under one.
    const broken = await startPlane();
    const path = `/projects?org_id=${broken.ready.orgId}`;
    const parse = JSON.parse;
    jest.spyOn(JSON, "parse").mockImplementation((text, reviver) => {
      // The other planes of this process go on reading.
      if (text.includes(broken.ready.orgId)) throw new Error("a fault in the middle of a call, with npg_abcdefghijkl in it");
      return parse(text, reviver) as unknown;
    });
    const refused = await broken.api.refused("GET", path);
    jest.restoreAllMocks();
    expect(JSON.stringify(broken.logged)).toContain("a fault in the middle of a call");
    expect(JSON.stringify(broken.logged)).not.toContain("npg_abc");
    expect((await broken.api.call("GET", path)).status).toBe(200);
    await broken.stop();
    return refused;
  },
} satisfies Provocations;
