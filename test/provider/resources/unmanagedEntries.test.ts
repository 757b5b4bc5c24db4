import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import { Declarations } from "../../../provider/engine/declarations.js";
import { type Hooks, createHooks } from "../../../provider/engine/hooks.js";
import { UnmanagedEntries } from "../../../provider/resources/shared/unmanagedEntries.js";
import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { createSession } from "../../../provider/sessions.js";
import { sharedPlane, startPlane } from "../../support/plane.js";

/** Lists with several writers: what others have put there is named, and no writer undoes another. */
const plane = sharedPlane();

/** A provider process of its own: another stack, or the same one at its next run. */
function provider(kind: Kind, at = plane): { hooks: Hooks; foreign: UnmanagedEntries } {
  const { apiUrl, apiKey, orgId } = at.ready;
  const foreign = new UnmanagedEntries();
  const session = createSession({ apiUrl, apiKey, orgId }, undefined, new AbortController().signal, undefined, foreign);
  return { foreign, hooks: createHooks(catalogue[kind] as never, () => Promise.resolve(session), new Declarations()) };
}

async function make({ hooks: its }: { hooks: Hooks }, args: Record<string, unknown>) {
  const { inputs, failures } = await its.check({}, { managedBy: "urn:x", ...args });
  expect(failures).toEqual([]);
  return { inputs, ...(await its.create(inputs)) };
}

const newProject = async (ips: string[], at = plane) =>
  (await at.api.project({ settings: { allowed_ips: { ips, protected_branches_only: false } } })).project.id;
const listOf = async (id: string, at = plane) =>
  (await at.api.ok(ProjectResponse, "GET", `/projects/${id}`)).project.settings?.allowed_ips?.ips ?? [];
const setList = async (id: string, ips: string[]) => {
  await plane.api.ok(ProjectResponse, "PATCH", `/projects/${id}`, { project: { settings: { allowed_ips: { ips } } } });
  await plane.api.settled(id);
};

describe("entries that somebody else has put into a list that one resource owns", () => {
  const KINDS: { kind: Kind; args: (ranges: string[]) => Record<string, unknown> }[] = [
    { kind: "IpAllowlist", args: (ranges) => ({ allow: "listed", ranges }) },
    { kind: "Project", args: (ranges) => ({ name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges } }) },
  ];

  it.each(KINDS)("$kind: are named by a refresh, and by the update that removes them", async ({ kind, args }) => {
    const projectId = kind === "Project" ? undefined : await newProject(["192.0.2.1"]);
    const program = (ranges: string[]) => ({ ...args(ranges), ...(projectId !== undefined && { projectId }) });
    const { id, outs, inputs } = await make(provider(kind), program(["192.0.2.1"]));
    await setList(id, ["192.0.2.1", "203.0.113.9", "198.51.100.0/24"]);

    const next = provider(kind);
    await next.hooks.read(id, outs);
    expect(next.foreign.takeNotices()).toEqual([
      `project ${id}, allowlist: 203.0.113.9, 198.51.100.0/24 (not recorded; the next update that does not name it removes it)`,
    ]);
    expect(next.foreign.takeNotices()).toEqual([]);

    const { inputs: changed } = await next.hooks.check(inputs, {
      managedBy: "urn:x",
      ...program(["192.0.2.1", "192.0.2.2", "198.51.100.0-198.51.100.255"]),
    });
    await next.hooks.update(id, outs, changed);
    expect(next.foreign.takeNotices()).toEqual([`project ${id}, allowlist: 203.0.113.9 (not declared; removed by this update)`]);
    expect(await listOf(id)).toEqual(["192.0.2.1", "192.0.2.2", "198.51.100.0/24"]);
  });

  it("are not named where there are none, nor where the list is nobody's", async () => {
    const projectId = await newProject(["192.0.2.1"]);
    const one = provider("IpAllowlist");
    const { id, outs } = await make(one, { projectId, allow: "listed", ranges: ["192.0.2.1/32"] });
    await one.hooks.read(id, outs);
    const other = provider("IpAllowlist");
    const closed = await make(other, { projectId: await newProject(["192.0.2.1"]), allow: "nobody", acceptLockOut: true });
    await other.hooks.read(closed.id, closed.outs);
    expect([...one.foreign.takeNotices(), ...other.foreign.takeNotices()]).toEqual([]);
  });
});

describe("entries beside those that a stack adds", () => {
  it("are named once and left; those of its other additive resources are not foreign", async () => {
    const projectId = await newProject(["203.0.113.9"]);
    const one = provider("IpAllowlistEntry");
    const made = [
      await make(one, { projectId, ranges: ["192.0.2.1"] }),
      await make(one, { projectId, ranges: ["192.0.2.2", "192.0.2.3"] }),
    ];
    const line = `project ${projectId}, allowlist: 203.0.113.9 (not declared by an IpAllowlistEntry of this stack; left as it is)`;
    expect(one.foreign.takeNotices()).toEqual([line]);
    expect(one.foreign.takeNotices()).toEqual([]);
    const next = provider("IpAllowlistEntry");
    await Promise.all(made.map(({ id, outs }) => next.hooks.read(id, outs)));
    expect(next.foreign.takeNotices()).toEqual([line]);
    expect(await listOf(projectId)).toEqual(["203.0.113.9", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  });
});

it("one line is told whatever a list holds: bounded, and nothing that moves a cursor", () => {
  const foreign = new UnmanagedEntries();
  const entries = [
    "1.2.3.4\n\u001b[2Jgone\u2028\u202e",
    "x".repeat(10_000),
    ...Array.from({ length: 5_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`),
  ];
  foreign.recordInOwnedList("p", entries, "removed by this update");
  foreign.recordInSharedList("q", entries, []);
  const lines = foreign.takeNotices();
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.length).toBeLessThan(400);
    expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(line).toContain("1.2.3.4??[2Jgone??, ");
    expect(line).toContain(" and 4992 more (");
  }
});

describe("stacks that write one list at the same time", () => {
  it.each([0, 40, 150])(
    "lose no entry and take only their own away, where an operation takes %d ms",
    async (operationTimeMs) => {
      const slow = await startPlane({ operationTimeMs });
      try {
        const projectId = await newProject(["203.0.113.9"], slow);
        const stacks = Array.from({ length: 4 }, (_, n) => ({
          ...provider("IpAllowlistEntry", slow),
          ranges: [`192.0.2.${n}`, `198.51.100.${n}`],
        }));
        const made = await Promise.all(
          stacks.map(async (stack) => ({ stack, ...(await make(stack, { projectId, ranges: stack.ranges })) })),
        );
        expect(new Set(await listOf(projectId, slow))).toEqual(new Set(["203.0.113.9", ...stacks.flatMap(({ ranges }) => ranges)]));
        await Promise.all(made.slice(1).map(({ stack, id, outs }) => stack.hooks.delete(id, outs)));
        expect(new Set(await listOf(projectId, slow))).toEqual(new Set(["203.0.113.9", "192.0.2.0", "198.51.100.0"]));
      } finally {
        await slow.stop();
      }
    },
    30_000,
  );

  it.each([
    { what: "is told to wait", fault: { kind: "status", status: 423, retryAfter: 1 } },
    { what: "gets no answer", fault: { kind: "lost-before" } },
  ])("one that $what does not undo what another has written meanwhile", async ({ fault }) => {
    const projectId = await newProject(["203.0.113.9"]);
    await plane.api.call("POST", "/x-palisade/test/faults", { method: "PATCH", path: `/projects/${projectId}`, ...fault });
    const unwatched = afterFirstPatch(() => setList(projectId, ["203.0.113.9", "192.0.2.2"]));
    try {
      await make(provider("IpAllowlistEntry"), { projectId, ranges: ["192.0.2.1"] });
    } finally {
      unwatched();
    }
    expect(await listOf(projectId)).toEqual(["203.0.113.9", "192.0.2.2", "192.0.2.1"]);
  });
});

/** Lets somebody act when the first PATCH has ended, before its caller knows how. @returns what ends the watch */
function afterFirstPatch(act: () => Promise<void>): () => void {
  const real = globalThis.fetch;
  let isFirst = true;
  globalThis.fetch = async (input, init) => {
    const method = input instanceof Request ? input.method : init?.method;
    const watched = method === "PATCH" && isFirst;
    if (watched) isFirst = false;
    try {
      return await real(input, init);
    } finally {
      if (watched) await act();
    }
  };
  return () => (globalThis.fetch = real);
}
