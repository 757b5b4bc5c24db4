import { join } from "node:path";
import type { Client } from "pg";
import { Clock } from "../../../control-plane/clock.js";
import { computeVerifierDigest, importSqlChanges } from "../../../control-plane/computes/importSqlChanges.js";
import { formatVerifier, computeVerifier } from "../../../control-plane/passwords/scram.js";
import { Store } from "../../../control-plane/store/store.js";
import { endPlanes, planeDirectory } from "../../support/plane.js";

/** What learning does without the hook, which every machine of these tests has: Postgres is stood in for by the rows it would answer. */
let store: Store;
beforeEach(() => {
  store = new Store(join(planeDirectory(), "plane.db"));
});
afterEach(() => {
  store.close();
});
afterAll(endPlanes);

const [OLD, NEW] = [formatVerifier(computeVerifier("old")), formatVerifier(computeVerifier("new"))];
const ROWS = [
  { name: "owner", verifier: NEW, login: true, made: true, applied: computeVerifierDigest(OLD) },
  { name: "by_sql", verifier: NEW, login: true, made: false, applied: null },
];

async function learnt(isGuarded: boolean, rows = ROWS) {
  store.transact((tx) => {
    const role = { branch_id: "br-1", name: "owner", authentication_method: "password", created_at: "", updated_at: "" };
    tx.put("role", role, { verifier: OLD, password: "old" });
  });
  const client = { query: (sql: string) => Promise.resolve({ rows: sql.includes("pg_authid") ? rows : [] }) } as unknown as Client;
  await importSqlChanges({ store, clock: new Clock(), branchId: "br-1", isGuarded }, client);
  return store.transact((tx) => [
    tx.getSealed("role", "br-1/owner"),
    tx.get("role", "br-1/by_sql")?.authentication_method,
    tx.getSealed("role", "br-1/by_sql"),
  ]);
}

it("takes passwords set by SQL where a hook has judged them", async () => {
  expect(await learnt(true)).toEqual([{ verifier: NEW }, "password", { verifier: NEW }]);
});

it("takes none of them where nothing has: the old one stays the API's, and a new role cannot log in", async () => {
  expect(await learnt(false)).toEqual([{ verifier: OLD, password: "old" }, "no_login", undefined]);
});

it("takes none that is guessed in no time: a session chooses its iterations, and an earlier version let it", async () => {
  const cheap = formatVerifier(computeVerifier("new", undefined, 1));
  const rows = ROWS.map((row) => ({ ...row, verifier: cheap }));
  expect(await learnt(true, rows)).toEqual([undefined, "no_login", undefined]);
});
