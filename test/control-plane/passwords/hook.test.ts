import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { Client } from "pg";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { Clusters } from "../../../control-plane/computes/clusters.js";
import { locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import { reconcile } from "../../../control-plane/computes/reconcile.js";
import { ensurePasswordHook } from "../../../control-plane/passwords/hook/hook.js";
import { formatVerifier, computeVerifier } from "../../../control-plane/passwords/scram.js";
import { endPlanes, startPlane } from "../../support/plane.js";

/** Real Postgres with the hook that this machine compiles, met by a tenant that logs in as the API makes it. */
const TENANT = { name: "app owner", password: "npg_a8Kd03LxQz7M" };
const STRONG = "Violet-kettle-92-harbour";
const WEAK = "mypass";
const INSECURE = refusalOf(
  "insecure password, try including more special characters, using uppercase letters, using numbers or using a longer password",
);
const PREHASHED = refusalOf("Neon only supports being given plaintext passwords.");
const EMPTY = refusalOf("Neon does not support roles with empty passwords");
const VERIFIER = formatVerifier(computeVerifier(STRONG));
const BRANCH = "br-held";

let directory: string;
let clusters: Clusters;
const postgres = locatePostgres();
const open = (log: (line: PlaneLogLine) => void = () => undefined) => Clusters.open(join(directory, "clusters"), postgres, log);
const hasCompiler = ["cc", "gcc", "clang"].some((name) => spawnSync(name, ["--version"]).status === 0);
if (!hasCompiler) console.log("skipped: there is no C compiler to build the hook with");
const ifCompiler = hasCompiler ? describe : describe.skip;

beforeAll(async () => {
  // Blank and comma, because a list of libraries is split at them.
  directory = mkdtempSync(join(tmpdir(), "palisade hook, "));
  // Traversable for the user that runs Postgres, as the plane makes its own directory.
  chmodSync(directory, 0o711);
  clusters = await open();
  await clusters.create(BRANCH);
  const roles = [{ name: TENANT.name, verifier: formatVerifier(computeVerifier(TENANT.password)) }];
  await reconcile(
    { branchId: BRANCH, roles, databases: [{ id: 1, name: "shop", owner: TENANT.name }] },
    (database, work) => clusters.runSql(BRANCH, database, work),
    (database, as, work) => clusters.runTenantSql(BRANCH, database, as, work),
  );
}, 60_000);

afterAll(async () => {
  await clusters.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

/** A session of the tenant's own. */
async function tenant<R>(work: (client: Client) => Promise<R>, { branch = BRANCH, database = "shop" } = {}): Promise<R> {
  const { socketDirectory, port } = await clusters.start(branch);
  const client = new Client({ host: socketDirectory, port, user: TENANT.name, password: TENANT.password, database });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const plane = (sql: string, database = "shop") => clusters.runSql(BRANCH, database, (client) => client.query(sql));
const asTenant = (sql: string) => outcome(tenant((client) => client.query(sql)));

/** What became of a statement: `done`, or how Postgres refused it. */
const outcome = (statement: Promise<unknown>) =>
  statement.then(
    () => "done",
    (error: unknown) => {
      const { severity, code, message } = error as { severity: string; code: string; message: string };
      return { severity, code, message };
    },
  );

function refusalOf(text: string) {
  return { severity: "ERROR", code: "XX000", message: `Received HTTP code 400 from control plane: {"error":"${text}"}` };
}

/** Dropped and made before each statement; `made` does not exist. */
const fresh = () => plane(`DROP ROLE IF EXISTS made; DROP ROLE IF EXISTS kept; SET ROLE "${TENANT.name}"; CREATE ROLE kept`);
const passwordOf = async (role: string) =>
  (
    await clusters.runSql(BRANCH, "postgres", (client) =>
      client.query<{ rolpassword: string | null }>("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [role]),
    )
  ).rows[0]?.rolpassword ?? undefined;

/** Each way to give a password; `?` stands for its literal. */
const WAYS: readonly (readonly [way: string, role: "made" | "kept", sql: string])[] = [
  ["CREATE ROLE", "made", "CREATE ROLE made LOGIN PASSWORD ?"],
  ["CREATE USER … ENCRYPTED PASSWORD", "made", "CREATE USER made WITH ENCRYPTED PASSWORD ? VALID UNTIL 'infinity'"],
  ["CREATE GROUP", "made", "CREATE GROUP made PASSWORD ?"],
  ["ALTER ROLE", "kept", "ALTER ROLE kept PASSWORD ?"],
  ["ALTER USER … ENCRYPTED PASSWORD", "kept", "ALTER USER kept WITH ENCRYPTED PASSWORD ?"],
  ["a transaction with a savepoint", "kept", "BEGIN; SAVEPOINT s; ALTER ROLE kept PASSWORD ?; COMMIT"],
  ["DO with dynamic SQL", "kept", "DO $do$ BEGIN EXECUTE 'ALTER RO' || 'LE kept PASS' || 'WORD ' || quote_literal(?); END $do$"],
  [
    "a function",
    "made",
    "CREATE OR REPLACE FUNCTION give(word text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN EXECUTE format('CREATE ROLE made PASSWORD %L', word); END $f$; SELECT give(?)",
  ],
  [
    "a function in SQL",
    "kept",
    "CREATE OR REPLACE FUNCTION fixed() RETURNS void LANGUAGE sql AS $f$ ALTER ROLE kept PASSWORD ? $f$; SELECT fixed()",
  ],
];

ifCompiler("a password given by SQL", () => {
  const literal = (word: string) => `'${word}'`;

  describe.each(WAYS)("with %s", (_, role, sql) => {
    it("is held to Neon's rule, in Neon's words", async () => {
      const refusals: unknown[] = [];
      for (const word of [WEAK, "", VERIFIER, "md5c3fcd3d76192e4007dfb496cca67e13b"]) {
        await fresh();
        refusals.push(await asTenant(sql.replace("?", () => literal(word))));
        expect(await passwordOf(role)).toBeUndefined();
      }
      expect(refusals).toEqual([INSECURE, EMPTY, PREHASHED, PREHASHED]);
      await fresh();
      expect(await asTenant(sql.replace("?", () => literal(STRONG)))).toBe("done");
      expect(await passwordOf(role)).toMatch(/^SCRAM-SHA-256\$4096:/);
    }, 60_000);
  });

  it("is held however it is spelt: escapes, Unicode escapes, another case, several statements at once, a prepared statement", async () => {
    await fresh();
    const spelt = ["E'my\\160ass'", "U&'my\\0070ass'", "$x$mypass$x$", "'my'\n'pass'"];
    for (const word of spelt) expect(await asTenant(`aLtEr /* - */ rOlE kept PaSsWoRd ${word}`)).toEqual(INSECURE);
    expect(await asTenant(`SELECT 1; ALTER ROLE kept PASSWORD '${WEAK}'; SELECT 2`)).toEqual(INSECURE);
    expect(
      await outcome(tenant((client) => client.query({ name: "prepared", text: `ALTER ROLE kept PASSWORD '${WEAK}'`, values: [] }))),
    ).toEqual(INSECURE);
    expect(await passwordOf("kept")).toBeUndefined();
  }, 60_000);

  it("is held for the tenant's own role, which keeps the old one", async () => {
    expect(await asTenant(`ALTER ROLE CURRENT_USER PASSWORD '${WEAK}'`)).toEqual(INSECURE);
    expect(await asTenant("SELECT 1")).toBe("done");
  }, 60_000);

  it("never becomes a verifier of the tenant's making, however that is spelt", async () => {
    await fresh();
    // Postgres reads the number as strtol does, and some majors skip a leading $: what it does not take for a verifier it hashes.
    for (const spelt of [VERIFIER.replace("$4096", "$ +4096"), `$${VERIFIER}`, `$$${VERIFIER}`, `${VERIFIER} `]) {
      expect(["done", PREHASHED]).toContainEqual(await asTenant(`ALTER ROLE kept PASSWORD '${spelt}'`));
      expect((await passwordOf("kept")) ?? "none").not.toContain(VERIFIER.split(":").at(-1));
    }
  }, 60_000);

  it("is held in a database of another encoding, whose bytes are no UTF-8", async () => {
    await plane(`CREATE DATABASE latin ENCODING LATIN1 LOCALE 'C' TEMPLATE template0 OWNER "${TENANT.name}"`);
    await fresh();
    const ask = (word: string) => outcome(tenant((client) => client.query(`ALTER ROLE kept PASSWORD '${word}'`), { database: "latin" }));
    expect(await ask("üéüéüéüéüéüéüéüé")).toMatchObject({ code: "XX000" });
    expect(await ask(`${STRONG}ü`)).toBe("done");
  }, 60_000);

  it("takes as much work to guess as any other: a session may not choose fewer iterations, and may choose more", async () => {
    await fresh();
    const cheap = refusalOf("scram_iterations must be 4096 at least");
    const asked = (iterations: number) => asTenant(`SET scram_iterations = ${iterations}; ALTER ROLE kept PASSWORD '${STRONG}'`);
    expect([await asked(1), await asked(4_095)]).toEqual([cheap, cheap]);
    expect(await passwordOf("kept")).toBeUndefined();
    expect(await asked(5_000)).toBe("done");
    expect(await passwordOf("kept")).toMatch(/^SCRAM-SHA-256\$5000:/);
    const body = `PERFORM set_config('scram_iterations', '1', true); ALTER ROLE kept PASSWORD '${STRONG}';`;
    expect(await asTenant(`DO $do$ BEGIN ${body} END $do$`)).toEqual(cheap);
  }, 60_000);

  it("is judged whole when it has millions of characters", async () => {
    await fresh();
    const all = "including more special characters, using lowercase letters, using uppercase letters, using numbers";
    expect(await asTenant(`ALTER ROLE kept PASSWORD '${"ü".repeat(4_000_000)}'`)).toEqual(
      refusalOf(`insecure password, try ${all} or using a longer password`),
    );
  }, 60_000);
});

ifCompiler("who is held", () => {
  it("is not the plane's superuser, which installs verifiers", async () => {
    await fresh();
    await plane(`ALTER ROLE kept PASSWORD '${VERIFIER}'`);
    expect(await passwordOf("kept")).toBe(VERIFIER);
    await plane(`ALTER ROLE kept PASSWORD '${WEAK}'`);
    expect(await passwordOf("kept")).toMatch(/^SCRAM-SHA-256\$/);
  }, 60_000);

  it("is a tenant in a function of the superuser, and a tenant's function in a session of the superuser", async () => {
    const body = (name: string) =>
      `CREATE FUNCTION ${name}(word text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN EXECUTE format('ALTER ROLE kept PASSWORD %L', word); END $f$`;
    await fresh();
    await plane(body("public.of_the_plane"));
    expect(await asTenant(`SELECT of_the_plane('${WEAK}')`)).toEqual(INSECURE);
    expect(await asTenant(`SELECT of_the_plane('${VERIFIER}')`)).toEqual(PREHASHED);
    expect(await asTenant(`SELECT of_the_plane('${STRONG}')`)).toBe("done");
    await tenant((client) => client.query(body("public.of_the_tenant")));
    expect(await outcome(plane(`SELECT public.of_the_tenant('${WEAK}')`))).toEqual(INSECURE);
  }, 60_000);

  it("cannot be changed by a tenant", async () => {
    const attempts = [
      "SET shared_preload_libraries = ''",
      "ALTER SYSTEM SET shared_preload_libraries = ''",
      `ALTER ROLE CURRENT_USER SET session_preload_libraries = ''`,
      "LOAD '/tmp/other.so'",
      "SET SESSION AUTHORIZATION cloud_admin",
      "SET ROLE cloud_admin",
      `UPDATE pg_authid SET rolpassword = '${VERIFIER}' WHERE rolname = 'kept'`,
    ];
    const outcomes: unknown[] = [];
    for (const sql of attempts) outcomes.push(await asTenant(sql));
    expect(outcomes.map((each) => (each as { code?: string }).code)).toEqual(["55P02", ...Array<string>(6).fill("42501")]);
    expect(await asTenant(`ALTER ROLE kept PASSWORD '${WEAK}'`)).toEqual(INSECURE);
  }, 60_000);

  it("stays held whatever the cluster's own files say, after a restart, and on a clone", async () => {
    await plane("ALTER SYSTEM SET shared_preload_libraries = ''");
    await clusters.stop(BRANCH);
    expect(await asTenant(`ALTER ROLE kept PASSWORD '${WEAK}'`)).toEqual(INSECURE);
    await clusters.clone("br-clone", BRANCH);
    const cloned = tenant((client) => client.query(`ALTER ROLE kept PASSWORD '${WEAK}'`), { branch: "br-clone" });
    expect(await outcome(cloned)).toEqual(INSECURE);
  }, 60_000);
});

describe("the guard", () => {
  const logged: PlaneLogLine[] = [];
  const log = (line: PlaneLogLine) => logged.push(line);
  beforeEach(() => logged.splice(0));

  /** Runs with a PATH that has no compiler, but the programs that opening clusters needs. */
  async function withoutCompiler<R>(work: () => Promise<R>): Promise<R> {
    const path = process.env["PATH"];
    const folder = mkdtempSync(join(directory, "path-"));
    for (const program of ["test", "rm", "mkdir"])
      symlinkSync(spawnSync("which", [program], { encoding: "utf8" }).stdout.trim(), join(folder, program));
    process.env["PATH"] = folder;
    try {
      return await work();
    } finally {
      process.env["PATH"] = path;
    }
  }

  (hasCompiler ? it : it.skip)(
    "is the hook, compiled once, readable by everyone, nothing left beside it",
    async () => {
      expect(clusters.passwordGuard).toBe("hook");
      const folder = join(directory, 'a "quoted" folder');
      const first = await ensurePasswordHook(postgres, folder, log);
      const [library = "", ...others] = readdirSync(folder);
      expect(others).toEqual([]);
      expect(first).toEqual({
        guard: "hook",
        settings: [`shared_preload_libraries="${join(directory, 'a ""quoted"" folder', library)}"`],
      });
      expect([folder, join(folder, library)].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o755]);
      expect(await withoutCompiler(() => ensurePasswordHook(postgres, folder, log))).toEqual(first);
      expect(logged).toEqual([]);
    },
    60_000,
  );

  it("is passwordcheck for a Postgres that the hook does not know", async () => {
    expect((await ensurePasswordHook({ ...postgres, major: 19 }, join(directory, "unknown"), log)).guard).toBe("passwordcheck");
    expect(logged).toMatchObject([{ level: "warn", event: "password-guard", guard: "passwordcheck", cause: "Postgres 19 is not known" }]);
  });

  it("is nothing without a compiler and without that module, which is said", async () => {
    const bare = { ...postgres, bin: mkdtempSync(join(directory, "bare-")) };
    expect(await withoutCompiler(() => ensurePasswordHook(bare, join(directory, "none"), log))).toEqual({ guard: "none", settings: [] });
    expect(logged).toEqual([
      {
        level: "warn",
        event: "password-guard",
        guard: "none",
        message: expect.stringContaining("not checked inside Postgres") as string,
        cause: "cc: ENOENT; gcc: ENOENT; clang: ENOENT",
      },
    ]);
  });

  it("is passwordcheck without a compiler: short passwords are refused everywhere, weak long ones and verifiers are not", async () => {
    await clusters.close();
    rmSync(join(directory, "hook"), { recursive: true, force: true });
    clusters = await withoutCompiler(() => open(log));
    expect(clusters.passwordGuard).toBe("passwordcheck");
    expect(logged.map(({ event, guard }) => [event, guard])).toEqual([["password-guard", "passwordcheck"]]);
    await fresh();
    expect(await asTenant("DO $$ BEGIN EXECUTE 'ALTER ROLE kept PASSWORD ''a1b2c3d'''; END $$")).toMatchObject({ code: "22023" });
    expect(await asTenant("ALTER ROLE kept PASSWORD 'aaaaaaaaaaa1'")).toBe("done");
    expect(await asTenant(`ALTER ROLE kept PASSWORD '${VERIFIER}'`)).toBe("done");
  }, 60_000);
});

describe("the plane", () => {
  it("says in its log which guard is in force, and has it behind the proxy", async () => {
    const whole = await startPlane({ computes: "postgres", proxyPort: 0 });
    try {
      expect(whole.logged).toContainEqual(
        expect.objectContaining({ level: "info", event: "postgres", passwordGuard: hasCompiler ? "hook" : "passwordcheck" }),
      );
      const { connection_uris: uris } = await whole.api.project();
      const client = new Client({ connectionString: uris[0]?.connection_uri ?? "" });
      await client.connect();
      const answer = await outcome(client.query(`CREATE ROLE reader LOGIN PASSWORD '${WEAK}'`));
      await client.end();
      expect(answer).toEqual(hasCompiler ? INSECURE : expect.objectContaining({ code: "22023" }));
    } finally {
      await whole.stop();
      await endPlanes();
    }
  }, 60_000);
});
