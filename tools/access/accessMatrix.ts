import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StartPlane } from "../reliability/testPlane.js";
import { CALLERS, type Caller, HOME_PROJECT_ID, SEED } from "./callers.js";
import { type DeclaredRoute, formatRouteName } from "./declaredRoutes.js";
import { computeExpectedVerdict, type Verdict } from "./expectedVerdict.js";
import { createFreshObjects, type Objects, REGION, createPersistentObjects } from "./objects.js";
import { type Request, REQUESTS } from "./requests.js";
import { type Answer, AccessEnvironment } from "./accessEnvironment.js";

/** One route tried by one caller. */
export interface Cell {
  readonly route: DeclaredRoute;
  readonly caller: Caller;
  readonly expected: Verdict;
  /** What went wrong, as a sentence; absent where the plane answered as declared. */
  readonly fault?: string;
}

/**
 * Tries every route with every caller by a real request to a fresh plane. Who is refused asks for something that is there, in words that are right,
 * and nothing may change by it; who is admitted asks for something made for the call, and it must succeed.
 */
export async function tryMatrix(start: StartPlane, routes: readonly DeclaredRoute[]): Promise<Cell[]> {
  const folder = await mkdtemp(join(tmpdir(), "palisade-access-"));
  try {
    const seedFile = join(folder, "seed.json");
    await writeFile(seedFile, JSON.stringify(SEED));
    const plane = await start({ dataDirectory: join(folder, "data"), seedFile });
    try {
      const matrix = new Matrix(await AccessEnvironment.create(plane), routes);
      return await matrix.run();
    } finally {
      await plane.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Matrix {
  private readonly persistentObjects: Objects;

  constructor(
    private readonly environment: AccessEnvironment,
    private readonly routes: readonly DeclaredRoute[],
  ) {
    this.persistentObjects = createPersistentObjects(environment);
  }

  async run(): Promise<Cell[]> {
    // All of them are there before the first look.
    for (const route of this.routes) await this.buildRequest(route, this.persistentObjects);
    await this.environment.waitForOperations(HOME_PROJECT_ID);
    const cells: Cell[] = [];
    let before = await this.readPersistentObjects();
    // Reads are checked together with the next mutation.
    for (const route of [...this.routes].sort((a, b) => Number(a.effect === "mutation") - Number(b.effect === "mutation"))) {
      const own = await this.tryRefusedCells(route);
      const after = route.effect === "mutation" ? await this.readPersistentObjects() : before;
      const isChanged = after.some((text, at) => text !== before[at]);
      cells.push(...(isChanged ? own.map((cell) => ({ fault: "a refused call changed something", ...cell })) : own));
      before = after;
    }
    for (const route of this.routes) cells.push(...(await this.tryAdmittedCells(route)));
    return cells;
  }

  private async tryRefusedCells(route: DeclaredRoute): Promise<Cell[]> {
    const request = await this.buildRequest(route, this.persistentObjects);
    const cells: Cell[] = [];
    for (const caller of CALLERS) {
      const expected = computeExpectedVerdict(route, caller);
      if (expected === "admitted") continue;
      const answer = await this.send(route, request, caller);
      const isRefused = answer.status === expected && findRefusal(answer) === expected;
      cells.push({ route, caller, expected, ...(!isRefused && { fault: formatAnswer(answer) }) });
    }
    return cells;
  }

  private async tryAdmittedCells(route: DeclaredRoute): Promise<Cell[]> {
    const cells: Cell[] = [];
    for (const caller of CALLERS) {
      if (computeExpectedVerdict(route, caller) !== "admitted") continue;
      const request = await this.buildRequest(
        route,
        route.effect === "mutation" ? createFreshObjects(this.environment, caller) : this.persistentObjects,
      );
      const answer = await this.send(route, request, caller);
      const isDone = answer.status < 300 || (answer.status === request.alternativeStatus && findRefusal(answer) === undefined);
      cells.push({ route, caller, expected: "admitted", ...(!isDone && { fault: formatAnswer(answer) }) });
    }
    return cells;
  }

  private buildRequest(route: DeclaredRoute, objects: Objects): Request | Promise<Request> {
    const make = REQUESTS[formatRouteName(route)];
    if (!make) throw new Error(`no request is known for ${formatRouteName(route)}`);
    return make(objects, this.environment);
  }

  private send({ method, path }: DeclaredRoute, { parts, query, body }: Request, caller?: Caller): Promise<Answer> {
    const { environment } = this;
    const all: Record<string, string> = {
      project_id: HOME_PROJECT_ID,
      org_id: environment.orgId,
      region_id: REGION,
      branch_id: environment.main,
      ...parts,
    };
    const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(all[name] ?? ""));
    const asked = query ? `?${new URLSearchParams(query).toString()}` : "";
    return environment.call(caller ? environment.findKey(caller) : environment.administratorKey, method, filled + asked, body);
  }

  /** All that the administrator can read of the standing objects, without what a look itself changes. */
  private async readPersistentObjects(): Promise<string[]> {
    const texts: string[] = [];
    for (const route of this.routes) {
      if (route.method !== "GET" || route.path.startsWith("/x-palisade/test")) continue;
      const { status, body } = await this.send(route, await this.buildRequest(route, this.persistentObjects));
      texts.push(JSON.stringify([formatRouteName(route), status, body], (key, value: unknown) => (VOLATILE.has(key) ? undefined : value)));
    }
    return texts;
  }
}

const VOLATILE: ReadonlySet<string> = new Set(["last_used_at", "last_used_from_addr", "request_id"]);
/** Messages that hide an object from a caller that must not know of it. */
const HIDDEN = ["project not found", "organization not found"];

/** 401, 403 or 404 where the answer refuses the caller. */
function findRefusal({ status, body }: Answer): Verdict | undefined {
  if (status === 401 || status === 403) return status;
  return status === 404 && HIDDEN.includes(String(body["message"])) ? 404 : undefined;
}

const formatAnswer = ({ status, body }: Answer): string => `answered ${status} ${JSON.stringify(body).slice(0, 200)}`;
