import { z } from "zod";

export const VpcEndpointId = z.string().regex(/^vpce-[0-9a-f]{8,17}$/, "is not a VPC endpoint id such as vpce-0a1b2c3d4e5f67890");

export const label = z
  .string()
  .max(256, "must have at most 256 characters")
  .default("")
  .meta({ description: "A word for people.", review: { silent: "a word for people" } });
