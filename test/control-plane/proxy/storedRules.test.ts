import { join } from "node:path";
import type { StoredEndpoint, StoredProject } from "../../../control-plane/store/kinds.js";
import type { Documents } from "../../../control-plane/store/kinds.js";
import { Store } from "../../../control-plane/store/store.js";
import { findRefusal } from "../../../control-plane/proxy/rules.js";
import { MAX_PROJECTS, StoredRules } from "../../../control-plane/proxy/storedRules.js";
import { endPlanes, planeDirectory } from "../../support/plane.js";

let store: Store;
let rules: StoredRules;
beforeEach(() => {
  store = new Store(join(planeDirectory(), "plane.db"));
  rules = new StoredRules(store, { now: () => Date.parse("2026-11-26T00:00:00Z"), operationTimeMs: 0 });
  put("p-1", ["192.0.2.1"]);
});
afterEach(() => {
  store.close();
});
afterAll(endPlanes);

const project = (id: string, ips: string[], more: object = {}) =>
  ({ id, settings: { allowed_ips: { ips, protected_branches_only: false } }, ...more }) as StoredProject;
const branch = (projectId: string, more: object = {}) =>
  ({ id: `br-${projectId}`, project_id: projectId, protected: false, ...more }) as Documents["branch"];
const endpoint = (projectId: string, more: object = {}) =>
  ({ id: `ep-${projectId}`, project_id: projectId, branch_id: `br-${projectId}`, disabled: false, ...more }) as StoredEndpoint;

/** A project with one branch and one compute, as the store keeps them. */
function put(id: string, ips: string[]): void {
  store.transact((tx) => {
    tx.put("project", project(id, ips));
    tx.put("branch", branch(id));
    tx.put("endpoint", endpoint(id));
  });
}

const verdict = (address: string, id = "p-1") => {
  const found = rules.findRules(`ep-${id}`);
  return found ? (findRefusal(found, { address, via: "public" })?.reason ?? "admitted") : "gone";
};

describe("the rules of a compute", () => {
  it("admit the organisation's VPC endpoints of the region, or those the project is restricted to, from the commit on", () => {
    const through = (via: string) => {
      const found = rules.findRules("ep-p-1");
      return found ? (findRefusal(found, { address: "192.0.2.99", via: { privateEndpoint: via } })?.reason ?? "admitted") : "gone";
    };
    const [at, region_id] = ["2026-11-25T00:00:00Z", "aws-eu-central-1"];
    store.transact((tx) => {
      tx.put("project", project("p-1", ["192.0.2.1"], { org_id: "org-1", region_id }));
    });
    expect(through("vpce-1")).not.toBe("admitted");
    store.transact((tx) => {
      for (const id of ["vpce-1", "vpce-2"])
        tx.put("vpc_endpoint", { org_id: "org-1", region_id, vpc_endpoint_id: id, label: "", created_at: at });
      tx.put("vpc_endpoint", { org_id: "org-1", region_id: "aws-us-east-1", vpc_endpoint_id: "vpce-3", label: "", created_at: at });
      tx.put("vpc_endpoint", { org_id: "org-2", region_id, vpc_endpoint_id: "vpce-4", label: "", created_at: at });
    });
    expect(["vpce-1", "vpce-2", "vpce-3", "vpce-4"].map((id) => through(id) === "admitted")).toEqual([true, true, false, false]);
    store.transact((tx) => {
      tx.put("vpc_restriction", { project_id: "p-1", vpc_endpoint_id: "vpce-2", label: "" });
    });
    expect(["vpce-1", "vpce-2"].map((id) => through(id) === "admitted")).toEqual([false, true]);
  });

  it("follow every commit of its project, branch and compute at once", () => {
    const change = (work: Parameters<Store["transact"]>[0]) => store.transact(work);
    expect([verdict("192.0.2.1"), verdict("192.0.2.2")]).toEqual(["admitted", "ip-address-not-allowed"]);
    change((tx) => {
      tx.put("project", project("p-1", ["192.0.2.2"]));
    });
    expect([verdict("192.0.2.1"), verdict("192.0.2.2")]).toEqual(["ip-address-not-allowed", "admitted"]);
    change((tx) => {
      tx.put("endpoint", endpoint("p-1", { disabled: true }));
    });
    expect(verdict("192.0.2.2")).toBe("endpoint-disabled");
    change((tx) => {
      tx.put("endpoint", endpoint("p-1"));
      tx.put(
        "project",
        project("p-1", ["192.0.2.2"], { settings: { allowed_ips: { ips: ["192.0.2.2"], protected_branches_only: true } } }),
      );
    });
    expect(verdict("192.0.2.1")).toBe("admitted");
    change((tx) => {
      tx.put("branch", branch("p-1", { protected: true }));
    });
    expect(verdict("192.0.2.1")).toBe("ip-address-not-allowed");
    change((tx) => {
      tx.put("project", project("p-1", ["192.0.2.2"], { deleted_at: "2026-01-01T00:00:00Z" }));
    });
    expect(verdict("192.0.2.2")).toBe("gone");
    change((tx) => {
      tx.remove("project", "p-1");
    });
    expect(verdict("192.0.2.2")).toBe("gone");
  });

  it("do not follow what is undone", () => {
    expect(verdict("192.0.2.1")).toBe("admitted");
    expect(() =>
      store.transact((tx) => {
        tx.put("project", project("p-1", []));
        throw new Error("undone");
      }),
    ).toThrow("undone");
    expect(verdict("192.0.2.2")).toBe("ip-address-not-allowed");
  });

  it("read a list once, for all computes of the project and for all connections, until the project changes", () => {
    const table = () => rules.findRules("ep-p-1")?.publicAddresses;
    const first = table();
    store.transact((tx) => {
      tx.put("endpoint", { ...endpoint("p-1"), id: "ep-second" });
      tx.put("endpoint", endpoint("p-1", { current_state: "active" }));
    });
    expect(table()).toBe(first);
    expect(rules.findRules("ep-second")?.publicAddresses).toBe(first);
    put("p-1", ["192.0.2.1"]);
    expect(table()).not.toBe(first);
  });

  it("are kept for a bounded number of projects", () => {
    for (let at = 0; at < MAX_PROJECTS + 5; at++) {
      put(`p-many-${at}`, []);
      rules.findRules(`ep-p-many-${at}`);
    }
    expect(rules.size).toBe(MAX_PROJECTS);
    expect(verdict("192.0.2.2")).toBe("ip-address-not-allowed");
  });
});
