import { type CustomerManagedKey, CustomerManagedKeyRequest } from "@palisade/neon/contract/wire/customerManagedKey";

/** What is scripted of one request. `lost`: it is done, and its answer never comes; `cut`: it never arrives. */
export type Fault = "lost" | "cut" | { readonly status: number; readonly message: string };

const PATH = /\/x-palisade\/projects\/([^/]+)\/customer_managed_key$/;

/**
 * A double of the plane's calls of customers' keys, which proves no key: every other call goes on to the plane behind it. Keys behave as the test
 * says, so that what only a key's owner can do is done in one line.
 */
export class CustomerKeyDouble {
  readonly keys = new Map<string, CustomerManagedKey>();
  /** `PUT {"aws_kms": …}`, in order of arrival. */
  readonly calls: { method: string; projectId: string; query: string; body: unknown }[] = [];
  /** Faults of the next requests that are no GET. */
  readonly faults: Fault[] = [];
  /** Erasure keys of a project; each look at a rewrap moves as many. */
  erasureKeys = 3;
  movesEachLook = 3;
  private readonly real = globalThis.fetch;

  install(): void {
    globalThis.fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const [, projectId] = PATH.exec(url.pathname) ?? [];
      if (projectId === undefined) return this.real(input, init);
      return this.answer(init?.method ?? "GET", projectId, url.search, typeof init?.body === "string" ? init.body : undefined);
    };
  }

  restore(): void {
    globalThis.fetch = this.real;
  }

  /** As a canary of the plane would find it. */
  becomes(projectId: string, state: CustomerManagedKey["state"], reason?: string): void {
    const key = this.keys.get(projectId);
    if (key) this.keys.set(projectId, { ...key, state, reason });
  }

  private answer(method: string, projectId: string, query: string, text: string | undefined): Response {
    if (method === "GET") return this.look(projectId);
    const fault = this.faults.shift();
    if (fault === "cut") throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    if (typeof fault === "object") return refusal(fault.status, fault.message);
    this.calls.push({ method, projectId, query, body: text === undefined ? undefined : JSON.parse(text) });
    const response = method === "PUT" ? this.put(projectId, text ?? "") : this.remove(projectId, query);
    if (fault === "lost") throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    return response;
  }

  private look(projectId: string): Response {
    const key = this.keys.get(projectId);
    if (!key) return refusal(404, "the project has no key of its own");
    if (key.state === "rotating") {
      const left = Math.max(0, key.erasure_keys_to_rewrap - this.movesEachLook);
      this.keys.set(projectId, { ...key, erasure_keys_to_rewrap: left, state: left === 0 ? "active" : "rotating" });
    }
    return Response.json({ customer_managed_key: this.keys.get(projectId) });
  }

  private put(projectId: string, text: string): Response {
    const wanted = CustomerManagedKeyRequest.parse(JSON.parse(text));
    const before = this.keys.get(projectId);
    const isMoved = before !== undefined && versionOf(before) !== versionOf(wanted);
    const now = new Date().toISOString();
    const key: CustomerManagedKey = {
      ...wanted,
      project_id: projectId,
      key_version: versionOf(wanted),
      last_checked_at: now,
      sealed_objects: 2,
      created_at: before?.created_at ?? now,
      updated_at: now,
      erasure_keys: this.erasureKeys,
      ...(isMoved || before === undefined
        ? { state: isMoved ? "rotating" : "active", erasure_keys_to_rewrap: isMoved ? this.erasureKeys : 0 }
        : { state: before.state, reason: before.reason, erasure_keys_to_rewrap: before.erasure_keys_to_rewrap }),
    };
    this.keys.set(projectId, key);
    return Response.json({ customer_managed_key: key });
  }

  private remove(projectId: string, query: string): Response {
    const key = this.keys.get(projectId);
    if (!key) return refusal(404, "the project has no key of its own");
    if (key.state !== "active" && query !== "?release=true")
      return refusal(422, `customer-managed key cannot be removed while it cannot be used: ${key.reason ?? ""}`, UNUSABLE);
    this.keys.delete(projectId);
    return Response.json({ customer_managed_key: { ...key, state: "rotating" } });
  }
}

const versionOf = ({ aws_kms: aws, azure_key_vault: azure }: CustomerManagedKeyRequest): string =>
  aws?.key_arn ?? `${azure?.vault_url ?? ""}/keys/${azure?.key_name ?? ""}/1`;

const UNUSABLE = "CUSTOMER_KEY_UNUSABLE";
const refusal = (status: number, message: string, code = ""): Response => Response.json({ request_id: "r", code, message }, { status });
