import { request } from "node:https";
import { Client } from "pg";
import WebSocket, { createWebSocketStream } from "ws";
import { AccessTerms } from "../../../contract/temporaryAccess.js";
import { formatErrorMessage } from "../../../contract/errors.js";
import { type Attack, defineAttacks, type Outcome, reportOutcome, reportThrough } from "../attack.js";
import { type AttackTarget, type Login, type TestBranch, waitUntil } from "../attackTarget.js";
import { runStatements } from "../privileges.js";
import { createShop, endAccess, formatAccessPath, getShop, giveAccess } from "../temporaryAccess.js";

const STAYS = "rows, after the end";
const STRONG = "correct-Horse7battery";
const ENDS_WITHIN_MS = 30_000;

type Statements = (visitor: string, owner: string) => readonly string[];

/** What is done while the access is on, and what somebody without privileges asks afterwards. */
interface Preparation {
  readonly byVisitor?: Statements;
  readonly byOwner?: Statements;
  /** Each must be refused, or have no row. */
  readonly afterwards?: readonly string[];
}

/** Held when nobody logs in after the end, no living role is left, and what was prepared gives nothing. */
const buildPreparation = (name: string, prepared: Preparation): Omit<Attack, "kind"> => ({
  name,
  gain: STAYS,
  attempt: async (target) => {
    const place = await getShop(target);
    const { terms, login } = await giveAccess(target, place);
    const { byVisitor, byOwner, afterwards = [] } = prepared;
    if (byVisitor) await runStatements(target, login, byVisitor(terms.roleName, place.owner.role));
    if (byOwner) await runStatements(target, place.owner, byOwner(terms.roleName, place.owner.role));
    await endAccess(target, terms);
    const ended = await reportEnd(target, place, terms, [login, { ...login, password: STRONG }]);
    if ("through" in ended || afterwards.length === 0) return ended;
    const bystander = await getBystander(target, place);
    const gained = (await runStatements(target, bystander, afterwards)).filter((refusal) => refusal === undefined).length;
    return gained > 0 ? reportThrough(`${gained} of ${afterwards.length} statements of a role without privileges passed`) : ended;
  },
});

async function reportEnd(
  target: AttackTarget,
  { owner }: TestBranch,
  { roleName }: AccessTerms,
  logins: readonly Login[],
): Promise<Outcome> {
  const answers: string[] = [];
  for (const login of logins)
    for (const endpointId of [login.endpointId, `${login.endpointId}-pooler`]) {
      const answer = await target.findRefusal({ ...login, endpointId });
      if (answer === undefined) return reportThrough("it logs in after the end");
      answers.push(answer);
    }
  const living = await target.query(
    owner,
    `SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = '${roleName}' OR (rolcanlogin AND rolname ~ '^(palisade_ended_.*|renamed)$')`,
  );
  const sessions = await target.query(owner, `SELECT FROM pg_catalog.pg_stat_activity WHERE usename = '${roleName}'`);
  return reportOutcome(
    living.length === 0 && sessions.length === 0,
    answers[0] ?? "",
    `${living.length} living roles and ${sessions.length} sessions of it`,
  );
}

/** A role of the branch that was given nothing but the schema. */
const getBystander = (target: AttackTarget, place: TestBranch): Promise<Login> =>
  target.getOrCreate(`a bystander of ${place.branchId}`, async () => {
    const login = { ...place.owner, role: "bystander", password: STRONG };
    await target.query(place.owner, `CREATE ROLE bystander LOGIN PASSWORD '${STRONG}'; GRANT USAGE ON SCHEMA shop TO bystander`);
    await waitUntil("the bystander is known", async () => (await target.findRefusal(login)) === undefined);
    return login;
  });

/** A session that is open over the end: held when it is cut off, by whatever way it came. */
const buildOpenSession = (
  name: string,
  open: (target: AttackTarget, login: Login) => Promise<Client>,
  asks = "SELECT 1",
): Omit<Attack, "kind"> => ({
  name,
  gain: STAYS,
  attempt: async (target) => {
    const place = await getShop(target);
    const { terms, login } = await giveAccess(target, place, { until: new Date(Date.now() + SOON_MS).toISOString() });
    const client = await open(target, login);
    client.on("error", () => undefined);
    const cut: string[] = [];
    client.once("end", () => cut.push("the session is cut off"));
    try {
      await client.query("SELECT 1");
      client.query(asks).catch((error: unknown) => cut.push(formatErrorMessage(error)));
      await waitUntil("the session ends", () => Promise.resolve(cut.length > 0), ENDS_WITHIN_MS).catch(() => undefined);
    } finally {
      await client.end().catch(() => undefined);
    }
    if (cut.length === 0) return reportThrough(`it goes on ${ENDS_WITHIN_MS} ms later`);
    await waitUntil("the role is dropped", async () => {
      const { temporary_access: state } = await target.callOrThrow("GET", formatAccessPath(terms));
      return (state as { status: string }).status === "ended";
    });
    await target.waitForOperations(place.projectId);
    return reportEnd(target, place, terms, [login]);
  },
});
const SOON_MS = 5_000;
const MINUTES = "SELECT pg_sleep(600)";

const buildTls = ({ ready }: AttackTarget, ca: string) => ({ ca, host: "127.0.0.1", port: ready.proxyPort ?? 0, servername: "localhost" });

async function connect(target: AttackTarget, { endpointId, role, password, database }: Login): Promise<Client> {
  const client = new Client({
    ...{ host: "127.0.0.1", port: target.ready.proxyPort ?? 0, user: role, password, database },
    ssl: { ca: target.readRootCert(), servername: `${endpointId}.db.localhost` },
  });
  await client.connect();
  return client;
}

/** Postgres' protocol in a WebSocket, as Neon's driver for browsers speaks it. */
async function connectByWebSocket(target: AttackTarget, { endpointId, role, password, database }: Login): Promise<Client> {
  const socket = new WebSocket(`wss://localhost:${target.ready.proxyPort ?? 0}/v2`, { ca: target.readRootCert() });
  const tunnel = createWebSocketStream(socket);
  const stream = Object.assign(tunnel, {
    setNoDelay: () => tunnel,
    setKeepAlive: () => tunnel,
    ref: () => tunnel,
    unref: () => tunnel,
    connect: () => {
      socket.once("open", () => tunnel.emit("connect"));
      return tunnel;
    },
  });
  const client = new Client({
    ...{ user: role, password, database, ssl: false, options: `endpoint=${endpointId}` },
    stream: () => stream,
  });
  await client.connect();
  return client;
}

/** A statement by `POST /sql`. @returns the status of the answer */
const postStatement = (target: AttackTarget, { endpointId, role, password, database }: Login): Promise<number> =>
  new Promise((done, fail) => {
    const uri = `postgresql://${role}:${password}@localhost/${database}?options=${encodeURIComponent(`endpoint=${endpointId}`)}`;
    request(
      {
        ...buildTls(target, target.readRootCert()),
        ...{ path: "/sql", method: "POST", agent: false },
        headers: { host: "localhost", "neon-connection-string": uri, "neon-raw-text-output": "true" },
      },
      (answer) => {
        answer.resume().once("end", () => {
          done(answer.statusCode ?? 0);
        });
      },
    )
      .once("error", fail)
      .end(JSON.stringify({ query: "SELECT n FROM shop.orders", params: [] }));
  });

/** A copy or a past state of a branch with a visitor in it: held when it has no living role of the name. */
const buildCopy = (
  name: string,
  copy: (target: AttackTarget, place: TestBranch, terms: AccessTerms, at: string) => Promise<TestBranch>,
): Omit<Attack, "kind"> => ({
  name,
  gain: STAYS,
  attempt: async (target) => {
    const place = await createShop(target);
    const { terms, login } = await giveAccess(target, place);
    await target.query(login, "CREATE TABLE shop.mine (n int)");
    const { at } = (
      await target.query(place.owner, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at")
    )[0] as { at: string };
    const copied = await copy(target, place, terms, at);
    const outcome = await reportEnd(target, copied, terms, [{ ...login, endpointId: copied.owner.endpointId }]);
    await target.callOrThrow("DELETE", `/projects/${place.projectId}`);
    return outcome;
  },
});

const restore = async (target: AttackTarget, { projectId, branchId }: TestBranch, body: object): Promise<void> => {
  await target.callOrThrow("POST", `/projects/${projectId}/branches/${branchId}/restore`, body);
  await target.waitForOperations(projectId);
};

const WITH_TRIGGER = AccessTerms.shape.privileges.parse({
  database: ["CONNECT"],
  schemas: [{ name: "shop", privileges: ["USAGE", "CREATE"], tables: ["TRIGGER"] }],
});

const POWER: readonly [name: string, statement: (visitor: string, owner: string) => string][] = [
  ["its password changed by SQL", (visitor) => `ALTER ROLE ${visitor} PASSWORD '${STRONG}'`],
  ["the end of its password taken away by SQL", (visitor) => `ALTER ROLE ${visitor} VALID UNTIL 'infinity'`],
  ["another name by SQL", (visitor) => `ALTER ROLE ${visitor} RENAME TO renamed`],
  ["power of its own by SQL", (visitor) => `ALTER ROLE ${visitor} CREATEROLE CREATEDB BYPASSRLS`],
  ["the owner's power by SQL", (visitor, owner) => `GRANT ${owner} TO ${visitor}`],
  ["neon_superuser by SQL", (visitor) => `GRANT neon_superuser TO ${visitor}`],
  ["members by SQL", (visitor, owner) => `GRANT ${visitor} TO ${owner} WITH ADMIN OPTION`],
  ["a database by SQL", (visitor) => `ALTER DATABASE neondb OWNER TO ${visitor}`],
];

export const temporaryRoles: Attack[] = defineAttacks("temporary", [
  ...POWER.flatMap(([name, statement]) => [
    buildPreparation(`${name}, by itself`, { byVisitor: (visitor, owner) => [statement(visitor, owner)] }),
    buildPreparation(`${name}, by the owner of the database`, { byOwner: (visitor, owner) => [statement(visitor, owner)] }),
  ]),
  buildPreparation("a function of its own power that it leaves", {
    byVisitor: (visitor) => [
      `CREATE FUNCTION shop.f_${visitor}() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT max(n) FROM public.secret); END'`,
      `CREATE FUNCTION shop.left_function() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT max(n) FROM public.secret); END'`,
    ],
    afterwards: ["SELECT shop.left_function()"],
  }),
  buildPreparation("a view that it leaves to everybody", {
    byVisitor: () => ["CREATE VIEW shop.left_view AS SELECT n FROM public.secret", "GRANT SELECT ON shop.left_view TO PUBLIC"],
    afterwards: ["SELECT n FROM shop.left_view"],
  }),
  buildPreparation("a rule of a table that it leaves to everybody", {
    byVisitor: () => [
      "CREATE TABLE shop.left_table (n int)",
      "CREATE RULE left_rule AS ON INSERT TO shop.left_table DO ALSO DELETE FROM public.secret",
      "GRANT INSERT ON shop.left_table TO PUBLIC",
    ],
    afterwards: ["INSERT INTO shop.left_table VALUES (1)"],
  }),
  {
    name: "a trigger of a table of the owner's, which runs with the owner's power",
    gain: STAYS,
    attempt: async (target) => {
      const place = await createShop(target);
      const { terms, login } = await giveAccess(target, place, { privileges: WITH_TRIGGER });
      await runStatements(target, login, [
        "CREATE TABLE shop.loot (n int)",
        "CREATE FUNCTION shop.take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.loot SELECT n FROM public.secret; RETURN NEW; END $$",
        "CREATE TRIGGER t BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.take()",
      ]);
      await endAccess(target, terms);
      const [refusal] = await runStatements(target, place.owner, ["INSERT INTO shop.orders VALUES (1)"]);
      const loot = await target.query(place.owner, "SELECT n FROM shop.loot");
      return reportOutcome(loot.length === 0, refusal ?? "", "it took what the owner may see");
    },
  },
  buildPreparation("a publication, which its heir must be allowed to make", {
    byVisitor: (visitor) => [
      `CREATE TABLE shop.told_${visitor} (n int)`,
      `CREATE PUBLICATION told_${visitor} FOR TABLE shop.told_${visitor}`,
    ],
  }),
  buildPreparation("a schema and a type of its own that others depend on", {
    byVisitor: (visitor) => [
      `CREATE SCHEMA of_${visitor}`,
      `CREATE TYPE of_${visitor}.kind AS ENUM ('a')`,
      `GRANT USAGE ON SCHEMA of_${visitor} TO PUBLIC`,
    ],
    byOwner: (visitor) => [`CREATE TABLE public.typed_${visitor} (k of_${visitor}.kind)`],
  }),
  buildPreparation("privileges that it was given to hand on", {
    byOwner: (visitor) => [`GRANT SELECT ON shop.orders TO ${visitor} WITH GRANT OPTION`],
    byVisitor: () => ["GRANT SELECT ON shop.orders TO PUBLIC"],
  }),
  buildPreparation("privileges of a table of another role", {
    byOwner: (visitor, owner) => [
      `CREATE ROLE keeper_${visitor}`,
      `GRANT keeper_${visitor} TO ${owner}`,
      `GRANT CREATE, USAGE ON SCHEMA shop TO keeper_${visitor}`,
      `SET ROLE keeper_${visitor}`,
      `CREATE TABLE shop.kept_${visitor} (n int)`,
      `GRANT ALL ON shop.kept_${visitor} TO ${visitor}`,
    ],
  }),
  buildPreparation("default privileges and a policy in its name", {
    byOwner: (visitor) => [
      `ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT ALL ON TABLES TO ${visitor}`,
      `CREATE POLICY p_${visitor} ON shop.orders TO ${visitor} USING (true)`,
    ],
  }),
  buildPreparation("a transaction that is prepared and left", {
    byVisitor: (visitor) => ["BEGIN", "LOCK TABLE shop.orders IN ACCESS SHARE MODE", `PREPARE TRANSACTION '${visitor}'`],
  }),
  buildPreparation("a replication slot", {
    byVisitor: (visitor) => [`SELECT pg_create_logical_replication_slot('${visitor}', 'pgoutput')`],
  }),
  buildOpenSession("a session that is open over the end", connect),
  buildOpenSession("a statement that runs over the end", connect, MINUTES),
  buildOpenSession(
    "a session through the pooler over the end",
    (target, login) => connect(target, { ...login, endpointId: `${login.endpointId}-pooler` }),
    MINUTES,
  ),
  buildOpenSession("a session in a WebSocket over the end", connectByWebSocket, MINUTES),
  {
    name: "a statement over HTTP after the end",
    gain: STAYS,
    attempt: async (target) => {
      const { terms, login } = await giveAccess(target, await getShop(target));
      const before = await postStatement(target, login);
      await endAccess(target, terms);
      const after = await postStatement(target, login);
      return reportOutcome(before === 200 && after >= 400, `${before} before, ${after} after`, `${before} before, ${after} after`);
    },
  },
  {
    name: "another password of it by the API",
    gain: "an access that was approved for somebody else",
    attempt: async (target) => {
      const place = await getShop(target);
      const { terms } = await giveAccess(target, place);
      const role = `/projects/${place.projectId}/branches/${place.branchId}/roles/${terms.roleName}`;
      const answers = [await target.call("POST", `${role}/reset_password`), await target.call("GET", `${role}/reveal_password`)];
      return reportOutcome(
        answers.every(({ status }) => status >= 400),
        String(answers[0]?.body["message"]),
        "a password was answered",
      );
    },
  },
  {
    name: "a database that the API gives it",
    gain: "everything in it",
    attempt: async (target) => {
      const place = await getShop(target);
      const { terms } = await giveAccess(target, place);
      const path = `/projects/${place.projectId}/branches/${place.branchId}/databases/${place.owner.database}`;
      const { status, body } = await target.call("PATCH", path, { database: { owner_name: terms.roleName } });
      return reportOutcome(status === 422, String(body["message"]), `${status}`);
    },
  },
  buildCopy("a copy of the branch that was made while it was on", (target, place) => target.createBranch(place, {})),
  buildCopy("a copy of a past state in which it was on", async (target, place, terms, at) => {
    await endAccess(target, terms);
    return target.createBranch(place, { parent_timestamp: at });
  }),
  buildCopy("the branch itself, brought back to when it was on", async (target, place, terms, at) => {
    await endAccess(target, terms);
    await restore(target, place, { source_branch_id: place.branchId, source_timestamp: at, preserve_under_name: "before" });
    return place;
  }),
  buildCopy("a child that was reset from the branch while it was on", async (target, place) => {
    const child = await target.createBranch(place, {});
    await restore(target, child, { source_branch_id: place.branchId });
    return child;
  }),
  buildCopy("a snapshot of when it was on, restored into its place after the end", async (target, place, terms) => {
    const branch = `/projects/${place.projectId}/branches/${place.branchId}`;
    const { snapshot } = (await target.callOrThrow("POST", `${branch}/snapshot`)) as { snapshot: { id: string } };
    await target.waitForOperations(place.projectId);
    await endAccess(target, terms);
    await target.callOrThrow("POST", `/projects/${place.projectId}/snapshots/${snapshot.id}/restore`, { finalize_restore: true });
    await target.waitForOperations(place.projectId);
    return place;
  }),
]);
