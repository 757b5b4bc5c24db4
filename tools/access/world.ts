import { setTimeout as pause } from "node:timers/promises";
import { operationPending } from "../../contract/operations.js";
import type { Plane } from "../../contract/plane.js";
import { CALLERS, type Caller, emailOf, keyOf, MINE, SPARES, spareEmail } from "./callers.js";

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

type Json = Record<string, unknown>;

/** A plane seeded with the callers, each with the role it is said to have. */
export class World {
  private spares = 0;
  private readonly keys = new Map<string, string>();

  private constructor(
    private readonly plane: Plane,
    /** The first branch of the project. */
    readonly main: string,
    private readonly members: ReadonlyMap<string, string>,
  ) {}

  static async of(plane: Plane): Promise<World> {
    const bare = new World(plane, "", new Map());
    const { branches } = await bare.made("GET", `/projects/${MINE}/branches`);
    const members = await bare.memberIds();
    const world = new World(plane, (branches as { id: string }[])[0]?.id ?? "", members);
    world.keys.set("plane", plane.ready.apiKey);
    const revoked = await world.made("POST", `/organizations/${world.orgId}/api_keys`, { key_name: "revoked" });
    world.keys.set("revoked", String(revoked["key"]));
    await world.made("DELETE", `/organizations/${world.orgId}/api_keys/${String(revoked["id"])}`);
    await world.open(MINE);
    return world;
  }

  get orgId(): string {
    return this.plane.ready.orgId;
  }

  get administratorKey(): string {
    return this.plane.ready.apiKey;
  }

  /** Undefined for a call without one. */
  keyOf(caller: Caller): string | undefined {
    return caller.short === "no key" ? undefined : (this.keys.get(caller.short) ?? keyOf(caller));
  }

  async call(key: string | undefined, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(this.plane.ready.apiUrl + path, {
      method,
      headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Json) };
  }

  /** By the administrator of the plane, or who has the key. @throws unless it succeeds */
  async made(method: string, path: string, body?: unknown, key = this.plane.ready.apiKey): Promise<Json> {
    const answer = await this.call(key, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** By the administrator of the plane, whatever comes of it. */
  async tried(method: string, path: string): Promise<void> {
    await this.call(this.plane.ready.apiKey, method, path);
  }

  async settled(projectId: string, key?: string): Promise<void> {
    for (const deadline = Date.now() + DEADLINE_MS; ;) {
      const { operations } = await this.made("GET", `/projects/${projectId}/operations?limit=20`, undefined, key);
      if (!(operations as { status: string }[]).some(({ status }) => operationPending(status))) return;
      if (Date.now() > deadline) throw new Error(`project ${projectId} does not settle`);
      await pause(1);
    }
  }

  /** Gives the callers the roles for a project, and the shares of it, that they are said to have. */
  async open(projectId: string): Promise<void> {
    for (const caller of CALLERS) {
      const { projectRole: role, isShared } = caller;
      const member = this.members.get(emailOf(caller)) ?? "";
      if (role) await this.made("PUT", `/projects/${projectId}/members/${member}/role`, { role });
      if (isShared) await this.made("POST", `/projects/${projectId}/permissions`, { email: emailOf(caller) });
    }
  }

  /** A member of the organisation whom nothing else needs. */
  spare(): { id: string; email: string } {
    if (this.spares >= SPARES) throw new Error("no spare member is left");
    const email = spareEmail(this.spares++);
    return { id: this.members.get(email) ?? "", email };
  }

  private async memberIds(): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (let cursor = ""; ;) {
      const page = await this.made("GET", `/organizations/${this.orgId}/members?limit=100${cursor}`);
      for (const { member, user } of page["members"] as { member: { id: string }; user: { email: string } }[])
        ids.set(user.email, member.id);
      const { next } = (page["pagination"] ?? {}) as { next?: string };
      if (next === undefined) return ids;
      cursor = `&cursor=${next}`;
    }
  }
}

const DEADLINE_MS = 10_000;
