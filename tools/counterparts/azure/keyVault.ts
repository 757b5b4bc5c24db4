import { Agent, createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:tls";
import type { KeyClientOptions } from "@azure/keyvault-keys";
import type { ArmStore } from "../providers/azure/armStore.js";
import { closeServer, listenOnLoopback } from "../loopbackServer.js";
import { ArmVault } from "./armVault.js";
import type { VaultAddress } from "./redirectToVault.js";
import { VaultError, Vault, type VaultInput } from "./vault.js";

export interface KeyVaultOptions {
  /** Of the vault that is stood in for: `acme.vault.azure.net`. */
  readonly host: string;
  /** PEM: a certificate for `host`, its key, and who signed it. */
  readonly cert: string;
  readonly key: string;
  readonly authority: string;
  /** Where the vault and its keys are made, and roles assigned. Default: keys are made by calls of the data plane alone. */
  readonly arm?: ArmStore;
}

/** Of one operation, as `unwrapKey`: an error, or a connection that is cut. */
export type VaultFault = { readonly status: number; readonly code: string; readonly inner?: string; readonly retryAfter?: number } | "cut";

/** A double of Azure Key Vault's data plane over HTTPS, under the vault's own address. */
export interface KeyVaultDouble {
  readonly vaultUrl: string;
  /** Where it listens on loopback. */
  readonly address: VaultAddress;
  /** Operation and key of each admitted call, such as `unwrapKey tenant`. */
  readonly log: string[];
  /** What a bearer of this token may do; `*`: everything. */
  allow: (token: string, operations: readonly string[]) => void;
  /** A bearer of this token may do what is assigned to its principal at ARM. */
  identify: (token: string, principalId: string) => void;
  injectFault: (operation: string, fault: VaultFault, times?: number) => void;
  clearFaults: () => void;
  /** Redirects an unmodified client here: name, certificate and challenge are checked as usual. */
  readonly clientOptions: Pick<KeyClientOptions, "additionalPolicies">;
  close: () => Promise<void>;
}

export async function startKeyVault({ host, cert, key, authority, arm }: KeyVaultOptions): Promise<KeyVaultDouble> {
  const base = `https://${host}`;
  const vault = new Vault(base);
  const permissions = new Map<string, ReadonlySet<string>>();
  const faults = new Map<string, { fault: VaultFault; left: number }>();
  const principals = new Map<string, string>();
  const armVault = arm && new ArmVault(arm, host.split(".")[0] ?? "");
  const log: string[] = [];

  const admit = (allowedOn: (keyName: string) => ReadonlySet<string>) => (operation: string, name: string) => {
    log.push(`${operation} ${name}`);
    const waiting = faults.get(operation);
    if (waiting !== undefined && waiting.left-- > 0) {
      if (waiting.fault === "cut") throw new ConnectionCut();
      const { status, code, inner, retryAfter } = waiting.fault;
      throw new VaultError(status, code, "injected", inner, retryAfter);
    }
    const allowed = allowedOn(name);
    if (!allowed.has("*") && !allowed.has(operation)) {
      const action = `Microsoft.KeyVault/vaults/keys/${operation}`;
      throw new VaultError(
        403,
        "Forbidden",
        `Caller is not authorized to perform action on resource. Action: '${action}'`,
        "ForbiddenByRbac",
      );
    }
  };
  const server = createServer({ cert, key }, (request, response) => {
    void answer(request, response).catch((error: unknown) => {
      sendError(response, error);
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const token = /^Bearer (\S{1,200})$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const [allowed, principal] = [permissions.get(token), principals.get(token)];
    if (allowed === undefined && principal === undefined) {
      sendChallenge(response);
      return;
    }
    await armVault?.syncKeys(vault);
    const allowedOn = (name: string) => allowed ?? armVault?.listAllowedOperations(principal ?? "", name) ?? NOTHING;
    const url = new URL(request.url ?? "/", base);
    const input = JSON.parse(Buffer.concat(chunks).toString() || "{}") as VaultInput;
    const found = await handleCall(vault, request.method ?? "", url.pathname.split("/").filter(Boolean), input, admit(allowedOn));
    response.writeHead(found === undefined ? 204 : 200, HEADERS).end(found === undefined ? "" : JSON.stringify(found));
  };
  const port = await listenOnLoopback(server);
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = () => connect({ host: "127.0.0.1", port, servername: host, ca: authority });
  return {
    vaultUrl: base,
    address: { host, port, authority },
    log,
    allow: (token, operations) => void permissions.set(token, new Set(operations)),
    identify: (token, principalId) => void principals.set(token, principalId),
    injectFault: (operation, fault, times = Infinity) => void faults.set(operation, { fault, left: times }),
    clearFaults: () => {
      faults.clear();
    },
    clientOptions: {
      additionalPolicies: [
        {
          position: "perRetry",
          policy: {
            name: "to-the-double",
            sendRequest: (request, next) => {
              request.agent = agent;
              return next(request);
            },
          },
        },
      ],
    },
    close: () => {
      agent.destroy();
      return closeServer(server);
    },
  };
}

type AssertAllowed = (operation: string, name: string) => void;

/** The paths of the data plane: learn.microsoft.com/rest/api/keyvault/keys */
async function handleCall(
  vault: Vault,
  method: string,
  path: readonly string[],
  input: VaultInput,
  admit: AssertAllowed,
): Promise<object | undefined> {
  const [kind, name = "", ...rest] = path;
  const verb = rest.at(-1);
  const asked = (operation: string) => {
    admit(operation, name);
  };
  if (kind === "deletedkeys") return handleDeletedCall(vault, method, name, verb, asked);
  if (kind !== "keys") throw new VaultError(404, "ResourceNotFound", `${method} /${path.join("/")}`);
  if (method === "POST" && verb === "create") {
    asked("create");
    return vault.create(name, input);
  }
  if (method === "POST" && verb === "rotate") {
    asked("rotate");
    return vault.rotate(name);
  }
  if (method === "POST" && (verb === "wrapkey" || verb === "unwrapkey")) {
    const operation = verb === "wrapkey" ? "wrapKey" : "unwrapKey";
    asked(operation);
    return vault.performOperation(operation, name, rest.length > 1 ? rest[0] : undefined, input);
  }
  if (method === "DELETE") {
    asked("delete");
    return vault.delete(name);
  }
  if (verb === "rotationpolicy") {
    asked(method === "PUT" ? "setRotationPolicy" : "getRotationPolicy");
    return method === "PUT" ? vault.setRotationPolicy(name, input) : vault.getRotationPolicy(name);
  }
  asked(method === "PATCH" ? "update" : "get");
  return method === "PATCH" ? vault.update(name, rest[0], input) : vault.get(name, rest[0]);
}

function handleDeletedCall(
  vault: Vault,
  method: string,
  name: string,
  verb: string | undefined,
  asked: (operation: string) => void,
): object | undefined {
  if (method === "POST" && verb === "recover") {
    asked("recover");
    return vault.recover(name);
  }
  if (method !== "DELETE") {
    asked("get");
    return vault.getDeleted(name);
  }
  asked("purge");
  vault.purge(name);
  return undefined;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Cut where an answer was due. */
class ConnectionCut extends Error {}

const HEADERS = { "content-type": "application/json; charset=utf-8", "x-ms-request-id": "double-1" };

function sendChallenge(response: ServerResponse): void {
  const tenant = "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111";
  response
    .writeHead(401, { ...HEADERS, "www-authenticate": `Bearer authorization="${tenant}", resource="https://vault.azure.net"` })
    .end(JSON.stringify({ error: { code: "Unauthorized", message: "AKV10000: Request is missing a Bearer or PoP token." } }));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof ConnectionCut) {
    response.socket?.destroy();
    return;
  }
  const { status, code, message, inner, retryAfter } =
    error instanceof VaultError ? error : new VaultError(500, "InternalError", String(error));
  response
    .writeHead(status, { ...HEADERS, ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }) })
    .end(JSON.stringify({ error: { code, message, ...(inner !== undefined && { innererror: { code: inner } }) } }));
}
