import type { ProjectFacts } from "../../contract/wire/project.js";
import type { ReadProject } from "../scan/inventory.js";
import { computeFacts, factsOf, projectFacts } from "../scan/view.js";
import type { World } from "./world.js";

type Read = Pick<ReadProject, "branches" | "origins" | "computes" | "assigned" | "restricted"> & { project: ProjectFacts };

/** What is there, as reachability sees it; undefined where branches or computes could not be read. */
export function worldOf(read: Read): World | undefined {
  const { branches, origins, computes } = read;
  if (!branches || !computes) return undefined;
  return { facts: projectFacts(read), branches: branches.map((branch) => factsOf(branch, origins)), computes: computes.map(computeFacts) };
}
