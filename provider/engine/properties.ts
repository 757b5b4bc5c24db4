import type { z } from "zod";

export type Shape = z.ZodObject;
export type Properties = Record<string, unknown>;
