import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type { Plane, PlaneLogLine, PlaneOptions, PlaneReady } from "../../contract/plane.js";
import { isOperationPending } from "../../contract/operations.js";
import { createApprovalVerifier } from "../../cli/plane/approvers.js";
import { Approvers } from "./approvers.js";
import type { StartPlane } from "../reliability/testPlane.js";

/** Who logs in to which database of which compute. */
export interface Login {
  endpointId: string;
  role: string;
  password: string;
  database: string;
}

/** A branch and how its owner logs in. */
export interface TestBranch {
  projectId: string;
  branchId: string;
  owner: Login;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON; empty where there is none. */
  body: Record<string, unknown>;
}

type Rows = Record<string, unknown>[];

/** Ids and keys of the seed. The keys exist in test environments only. */
export const ATTACKERS = "org-attackers-one-00000001";
export const VICTIMS = "org-victims-one-000000001";
export const KEYS = {
  attackers: "napi_attackers_organisation",
  victims: "napi_victims_organisation",
  /** Personal keys of members of the victims, and of an administrator of the attackers. */
  viewer: "napi_a_viewer_of_the_victims",
  editor: "napi_an_editor_of_the_victims",
  stranger: "napi_an_administrator_of_the_attackers",
} as const;

const SEED = {
  organisations: [
    { name: "Attackers", id: ATTACKERS },
    { name: "Victims", id: VICTIMS },
  ],
  users: [
    { name: "Viewer", email: "viewer@palisade.test", organisation: "Victims", role: "viewer" },
    { name: "Editor", email: "editor@palisade.test", organisation: "Victims", role: "editor" },
    { name: "Stranger", email: "stranger@palisade.test", organisation: "Attackers", role: "admin" },
  ],
  keys: [
    { kind: "organisation", name: "attackers", organisation: "Attackers", key: KEYS.attackers },
    { kind: "organisation", name: "victims", organisation: "Victims", key: KEYS.victims },
    { kind: "personal", name: "viewer", user: "Viewer", key: KEYS.viewer },
    { kind: "personal", name: "editor", user: "Editor", key: KEYS.editor },
    { kind: "personal", name: "stranger", user: "Stranger", key: KEYS.stranger },
  ],
};

/** A fresh plane with real Postgres, a tenant who attacks and one who is attacked. */
export class AttackTarget {
  /** Everything that the plane has logged. */
  readonly logged: PlaneLogLine[] = [];
  /** Passwords and keys that no log, answer or setting may contain. */
  readonly secrets = new Set<string>(Object.values(KEYS));
  private readonly shared = new Map<string, Promise<unknown>>();
  private running: Plane | undefined;
  private places: { tenant: TestBranch; victim: TestBranch } | undefined;

  private constructor(
    private readonly startPlane: StartPlane,
    /** Of this run: everything that a try makes is below it. */
    readonly folder: string,
  ) {}

  /** Who may approve temporary access. */
  get approvers(): Approvers {
    return new Approvers(this.folder);
  }

  static async runWith<R>(start: StartPlane, work: (target: AttackTarget) => Promise<R>): Promise<R> {
    const folder = await mkdtemp(join(tmpdir(), "palisade-attacks-"));
    // The user that runs Postgres must pass through to the data.
    await chmod(folder, 0o711);
    const target = new AttackTarget(start, folder);
    try {
      await target.createTenants();
      return await work(target);
    } finally {
      await target.running?.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  get ready(): PlaneReady {
    if (!this.running) throw new Error("the plane does not run");
    return this.running.ready;
  }

  /** The plane's data directory. */
  get directory(): string {
    return join(this.folder, "data");
  }

  get tenant(): TestBranch {
    return this.both.tenant;
  }

  get victim(): TestBranch {
    return this.both.victim;
  }

  /** Another plane, whose computes are records unless it is said otherwise; stopped after `work`. @throws what its start throws */
  async withOtherPlane<R>(dataDirectory: string, work: (plane: Plane) => Promise<R>, options: Partial<PlaneOptions> = {}): Promise<R> {
    const plane = await this.startPlane({ dataDirectory, log: (line) => this.logged.push(line), ...options });
    try {
      return await work(plane);
    } finally {
      await plane.stop();
    }
  }

  /** What several attacks need: created by the first of them. */
  getOrCreate<T>(what: string, make: () => Promise<T>): Promise<T> {
    const made = (this.shared.get(what) as Promise<T> | undefined) ?? make();
    this.shared.set(what, made);
    return made;
  }

  /** An empty folder of this run. */
  async createScratchFolder(mode = 0o700): Promise<string> {
    const path = await mkdtemp(join(this.folder, "scratch-"));
    await chmod(path, mode);
    return path;
  }

  /** Stops the plane, does something to its directory and starts it again. */
  async restart(between: () => Promise<void>): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
    await between();
    await this.start();
  }

  /** Whether the plane starts in its directory as it is; it is stopped again. */
  async canStart(): Promise<boolean> {
    return this.withOtherPlane(this.directory, () => Promise.resolve(true), { computes: "postgres" }).catch(() => false);
  }

  /** What is answered, once nothing else is under way in the project: 423 says nothing of who may do what. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    key: string = KEYS.attackers,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    let answer = await this.send(method, path, body, key, headers);
    await waitUntil(`${method} ${path} finds the project without open operations`, async () => {
      if (answer.status === 423) answer = await this.send(method, path, body, key, headers);
      return answer.status !== 423;
    });
    return answer;
  }

  private async send(method: string, path: string, body: unknown, key: string, headers: Record<string, string>): Promise<Answer> {
    const answer = await fetch(this.ready.apiUrl + path, {
      method,
      redirect: "manual",
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** @throws unless the call succeeds */
  async callOrThrow(method: string, path: string, body?: unknown, key?: string): Promise<Record<string, unknown>> {
    const answer = await this.call(method, path, body, key);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async waitForOperations(projectId: string, key?: string): Promise<void> {
    await waitUntil(`project ${projectId} has no open operations`, async () => {
      const { operations } = await this.callOrThrow("GET", `/projects/${projectId}/operations`, undefined, key);
      return !(operations as { status: string }[]).some(({ status }) => isOperationPending(status));
    });
  }

  /** A ready project. */
  async createProject(key: string, fields: object = {}): Promise<TestBranch> {
    const made = (await this.callOrThrow("POST", "/projects", { project: fields }, key)) as unknown as CreateResponse & {
      project: { id: string };
    };
    await this.waitForOperations(made.project.id, key);
    const password = made.roles[0]?.password ?? "";
    this.secrets.add(password);
    const owner = {
      endpointId: made.endpoints[0]?.id ?? "",
      role: made.roles[0]?.name ?? "",
      password,
      database: made.databases[0]?.name ?? "",
    };
    return { projectId: made.project.id, branchId: made.branch.id, owner };
  }

  /** A branch with a compute, settled; its owner's password is asked for, because a protected parent's is not its own. */
  async createBranch({ projectId, owner }: TestBranch, fields: object, key: string = KEYS.attackers): Promise<TestBranch> {
    const wanted = { branch: fields, endpoints: [{ type: "read_write" }] };
    const made = (await this.callOrThrow("POST", `/projects/${projectId}/branches`, wanted, key)) as unknown as CreateResponse;
    await this.waitForOperations(projectId, key);
    const place = { projectId, branchId: made.branch.id, owner: { ...owner, endpointId: made.endpoints[0]?.id ?? "" } };
    return { ...place, owner: { ...place.owner, password: await this.revealPassword(place, owner.role, key) } };
  }

  async revealPassword({ projectId, branchId }: TestBranch, role: string, key?: string): Promise<string> {
    const path = `/projects/${projectId}/branches/${branchId}/roles/${encodeURIComponent(role)}/reveal_password`;
    const { password } = await this.callOrThrow("GET", path, undefined, key);
    this.secrets.add(password as string);
    return password as string;
  }

  /** A session through the proxy: verify-full, the compute named by SNI. */
  async withSession<R>(login: Login, work: (client: Client) => Promise<R>, options = {}): Promise<R> {
    const client = new Client({
      host: "127.0.0.1",
      port: this.ready.proxyPort ?? 0,
      user: login.role,
      password: login.password,
      database: login.database,
      ssl: { ca: this.readRootCert(), servername: `${login.endpointId}.db.localhost` },
      ...options,
    });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  query(login: Login, text: string): Promise<Rows> {
    return this.withSession(login, async (client) => {
      const results: unknown = await client.query(text);
      const last = (Array.isArray(results) ? (results as unknown[]).at(-1) : results) as { rows: Rows };
      return last.rows;
    });
  }

  /** The error of the refusal; undefined when the statement passes. */
  async findRefusal(login: Login, text = "SELECT 1"): Promise<string | undefined> {
    try {
      await this.query(login, text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  readRootCert(): string {
    return readFileSync(this.ready.rootCert ?? "", "utf8");
  }

  private get both(): { tenant: TestBranch; victim: TestBranch } {
    if (!this.places) throw new Error("the tenants are not created yet");
    return this.places;
  }

  private async createTenants(): Promise<void> {
    await mkdir(join(this.folder, "seed"));
    await writeFile(this.seedFile, JSON.stringify(SEED));
    await this.approvers.prepare();
    await this.start();
    const [tenant, victim] = [
      await this.createProject(KEYS.attackers, { name: "tenant" }),
      await this.createProject(KEYS.victims, { name: "victim" }),
    ];
    await this.query(victim.owner, "CREATE TABLE precious (n int); INSERT INTO precious VALUES (42)");
    this.places = { tenant, victim };
  }

  private async start(): Promise<void> {
    const log = (line: PlaneLogLine) => void this.logged.push(line);
    const plane = await this.startPlane({
      dataDirectory: this.directory,
      seedFile: this.seedFile,
      computes: "postgres",
      testHooks: false,
      verifyApproval: await createApprovalVerifier(this.approvers.listFile),
      log,
    });
    this.secrets.add(plane.ready.apiKey);
    this.running = plane;
  }

  private get seedFile(): string {
    return join(this.folder, "seed", "seed.json");
  }
}

interface CreateResponse {
  branch: { id: string };
  endpoints: { id: string }[];
  roles: { name: string; password?: string }[];
  databases: { name: string }[];
}

/** Waits until `condition` holds; rejects naming `what` when it surely never will: slow is no finding. */
export async function waitUntil(what: string, condition: () => Promise<boolean>, deadlineMs = 180_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await pause(POLL_MS);
  }
}

const POLL_MS = 20;

export const getBranchPath = ({ tenant }: AttackTarget): string => `/projects/${tenant.projectId}/branches/${tenant.branchId}`;
