import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StartPlane } from "../reliability/plane.js";
import { CALLERS, type Caller, MINE, SEED } from "./callers.js";
import { type DeclaredRoute, nameOf } from "./declared.js";
import { expectedOf, type Verdict } from "./expected.js";
import { freshObjects, type Objects, REGION, standingObjects } from "./objects.js";
import { type Request, REQUESTS } from "./requests.js";
import { type Answer, World } from "./world.js";

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
      const matrix = new Matrix(await World.of(plane), routes);
      return await matrix.run();
    } finally {
      await plane.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Matrix {
  private readonly standing: Objects;

  constructor(
    private readonly world: World,
    private readonly routes: readonly DeclaredRoute[],
  ) {
    this.standing = standingObjects(world);
  }

  async run(): Promise<Cell[]> {
    // All of them are there before the first look.
    for (const route of this.routes) await this.requestOf(route, this.standing);
    await this.world.settled(MINE);
    const cells: Cell[] = [];
    let before = await this.look();
    // What only reads is looked after together with the next that does not.
    for (const route of [...this.routes].sort((a, b) => Number(a.effect === "mutation") - Number(b.effect === "mutation"))) {
      const own = await this.refusedCells(route);
      const after = route.effect === "mutation" ? await this.look() : before;
      const isChanged = after.some((text, at) => text !== before[at]);
      cells.push(...(isChanged ? own.map((cell) => ({ fault: "a refused call changed something", ...cell })) : own));
      before = after;
    }
    for (const route of this.routes) cells.push(...(await this.admittedCells(route)));
    return cells;
  }

  private async refusedCells(route: DeclaredRoute): Promise<Cell[]> {
    const request = await this.requestOf(route, this.standing);
    const cells: Cell[] = [];
    for (const caller of CALLERS) {
      const expected = expectedOf(route, caller);
      if (expected === "admitted") continue;
      const answer = await this.send(route, request, caller);
      const isRefused = answer.status === expected && refusalOf(answer) === expected;
      cells.push({ route, caller, expected, ...(!isRefused && { fault: said(answer) }) });
    }
    return cells;
  }

  private async admittedCells(route: DeclaredRoute): Promise<Cell[]> {
    const cells: Cell[] = [];
    for (const caller of CALLERS) {
      if (expectedOf(route, caller) !== "admitted") continue;
      const request = await this.requestOf(route, route.effect === "mutation" ? freshObjects(this.world, caller) : this.standing);
      const answer = await this.send(route, request, caller);
      const isDone = answer.status < 300 || (answer.status === request.orElse && refusalOf(answer) === undefined);
      cells.push({ route, caller, expected: "admitted", ...(!isDone && { fault: said(answer) }) });
    }
    return cells;
  }

  private requestOf(route: DeclaredRoute, objects: Objects): Request | Promise<Request> {
    const make = REQUESTS[nameOf(route)];
    if (!make) throw new Error(`no request is known for ${nameOf(route)}`);
    return make(objects, this.world);
  }

  private send({ method, path }: DeclaredRoute, { parts, query, body }: Request, caller?: Caller): Promise<Answer> {
    const { world } = this;
    const all: Record<string, string> = { project_id: MINE, org_id: world.orgId, region_id: REGION, branch_id: world.main, ...parts };
    const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(all[name] ?? ""));
    const asked = query ? `?${new URLSearchParams(query).toString()}` : "";
    return world.call(caller ? world.keyOf(caller) : world.administratorKey, method, filled + asked, body);
  }

  /** All that the administrator can read of the standing objects, without what a look itself changes. */
  private async look(): Promise<string[]> {
    const texts: string[] = [];
    for (const route of this.routes) {
      if (route.method !== "GET" || route.path.startsWith("/x-palisade/test")) continue;
      const { status, body } = await this.send(route, await this.requestOf(route, this.standing));
      texts.push(JSON.stringify([nameOf(route), status, body], (key, value: unknown) => (VOLATILE.has(key) ? undefined : value)));
    }
    return texts;
  }
}

const VOLATILE: ReadonlySet<string> = new Set(["last_used_at", "last_used_from_addr", "request_id"]);
/** Not of an object that is not there, but of one that the caller must not know of. */
const HIDDEN = ["project not found", "organization not found"];

/** 401, 403 or 404 where the answer refuses the caller. */
function refusalOf({ status, body }: Answer): Verdict | undefined {
  if (status === 401 || status === 403) return status;
  return status === 404 && HIDDEN.includes(String(body["message"])) ? 404 : undefined;
}

const said = ({ status, body }: Answer): string => `answered ${status} ${JSON.stringify(body).slice(0, 200)}`;
