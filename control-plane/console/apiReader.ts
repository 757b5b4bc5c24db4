import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { z } from "zod";
import type { Actor } from "../api/actor.js";
import { perform } from "../api/perform.js";
import type { Route } from "../api/route.js";
import { Refusal } from "../domain/refusals.js";
import type { PlaneContext } from "../planeContext.js";

type Values = Readonly<Record<string, string | undefined>>;

/**
 * Everything that a page shows is what the API answers to the same key, by the API's own routes and rules: the console has no rule of its own about
 * who sees what. Routes that change or reveal anything are out of its reach.
 */
export class ApiReader {
  constructor(
    private readonly plane: PlaneContext,
    private readonly routes: ReadonlyMap<string, Route>,
    /** Who reads, as of now. Throws where nobody may or wants to any more: a page takes time. */
    private readonly getActor: () => Actor,
    private readonly request: { readonly id: string; readonly ip: string },
  ) {}

  get kind(): Actor["kind"] {
    return this.getActor().kind;
  }

  /** As GET of this route answers it. Throws the route's own refusals. */
  async read<T extends z.ZodType>(shape: T, path: string, params: Values = {}, query: Values = {}): Promise<z.output<T>> {
    const route = this.routes.get(path);
    if (route?.effect !== "read") throw new Error(`the console reads a route that is none: ${path}`);
    // A page may take many readings: between two of them everybody else has a turn.
    await yieldToOthers();
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
    const answer = await perform(this.plane, route, `GET ${path}`, this.getActor(), { ...this.request, params, query: given });
    return shape.parse(answer);
  }

  /** The same; undefined where this key may not, or where there is none. */
  async readIfAllowed<T extends z.ZodType>(
    shape: T,
    path: string,
    params: Values = {},
    query: Values = {},
  ): Promise<z.output<T> | undefined> {
    try {
      return await this.read(shape, path, params, query);
    } catch (error) {
      if (error instanceof Refusal && (error.status === 403 || error.status === 404)) return undefined;
      throw error;
    }
  }
}

/** Routes by path that only read. */
export const collectReadRoutes = (routes: readonly Route[]): ReadonlyMap<string, Route> =>
  new Map(routes.filter(({ effect, method }) => effect === "read" && method === "GET").map((route) => [route.path, route]));
