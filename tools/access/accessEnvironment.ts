import { setTimeout as pause } from "node:timers/promises";
import { isOperationPending } from "../../contract/operations.js";
import type { Plane } from "../../contract/plane.js";
import { CALLERS, type Caller, buildEmail, buildApiKey, HOME_PROJECT_ID, DISPOSABLE_MEMBERS, buildDisposableEmail } from "./callers.js";

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

type Json = Record<string, unknown>;

/** A plane seeded with the callers, each with the role it is said to have. */
export class AccessEnvironment {
  private usedDisposableMembers = 0;
  private readonly keys = new Map<string, string>();

  private constructor(
    private readonly plane: Plane,
    /** The first branch of the project. */
    readonly main: string,
    private readonly members: ReadonlyMap<string, string>,
  ) {}

  static async create(plane: Plane): Promise<AccessEnvironment> {
    const bare = new AccessEnvironment(plane, "", new Map());
    const { branches } = await bare.callOrThrow("GET", `/projects/${HOME_PROJECT_ID}/branches`);
    const members = await bare.listMemberIds();
    const environment = new AccessEnvironment(plane, (branches as { id: string }[])[0]?.id ?? "", members);
    environment.keys.set("plane", plane.ready.apiKey);
    const revoked = await environment.callOrThrow("POST", `/organizations/${environment.orgId}/api_keys`, { key_name: "revoked" });
    environment.keys.set("revoked", String(revoked["key"]));
    await environment.callOrThrow("DELETE", `/organizations/${environment.orgId}/api_keys/${String(revoked["id"])}`);
    await environment.grantProjectAccess(HOME_PROJECT_ID);
    return environment;
  }

  get orgId(): string {
    return this.plane.ready.orgId;
  }

  get administratorKey(): string {
    return this.plane.ready.apiKey;
  }

  /** Undefined for a call without one. */
  findKey(caller: Caller): string | undefined {
    return caller.label === "no key" ? undefined : (this.keys.get(caller.label) ?? buildApiKey(caller));
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
  async callOrThrow(method: string, path: string, body?: unknown, key = this.plane.ready.apiKey): Promise<Json> {
    const answer = await this.call(key, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** By the administrator of the plane; the result is ignored. */
  async callIgnoringErrors(method: string, path: string): Promise<void> {
    await this.call(this.plane.ready.apiKey, method, path);
  }

  async waitForOperations(projectId: string, key?: string): Promise<void> {
    for (const deadline = Date.now() + DEADLINE_MS; ;) {
      const { operations } = await this.callOrThrow("GET", `/projects/${projectId}/operations?limit=20`, undefined, key);
      if (!(operations as { status: string }[]).some(({ status }) => isOperationPending(status))) return;
      if (Date.now() > deadline) throw new Error(`project ${projectId} still has open operations`);
      await pause(1);
    }
  }

  /** Grants the callers their roles for a project, and shares it with those who have it shared. */
  async grantProjectAccess(projectId: string): Promise<void> {
    for (const caller of CALLERS) {
      const { projectRole: role, isShared } = caller;
      const member = this.members.get(buildEmail(caller)) ?? "";
      if (role) await this.callOrThrow("PUT", `/projects/${projectId}/members/${member}/role`, { role });
      if (isShared) await this.callOrThrow("POST", `/projects/${projectId}/permissions`, { email: buildEmail(caller) });
    }
  }

  /** A member of the organisation that no other case uses. */
  takeDisposableMember(): { id: string; email: string } {
    if (this.usedDisposableMembers >= DISPOSABLE_MEMBERS) throw new Error("no disposable member is left");
    const email = buildDisposableEmail(this.usedDisposableMembers++);
    return { id: this.members.get(email) ?? "", email };
  }

  private async listMemberIds(): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (let cursor = ""; ;) {
      const page = await this.callOrThrow("GET", `/organizations/${this.orgId}/members?limit=100${cursor}`);
      for (const { member, user } of page["members"] as { member: { id: string }; user: { email: string } }[])
        ids.set(user.email, member.id);
      const { next } = (page["pagination"] ?? {}) as { next?: string };
      if (next === undefined) return ids;
      cursor = `&cursor=${next}`;
    }
  }
}

const DEADLINE_MS = 10_000;
