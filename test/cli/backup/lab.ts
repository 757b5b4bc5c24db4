import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "../../../contract/account.js";
import { parseBackupConfiguration } from "../../../cli/backup/configuration.js";
import { type BackupRequest, type BackupSession, openBackupSession } from "../../../cli/backup/session.js";
import { ensurePostgresClient } from "../../../tools/counterparts/postgresClient.js";
import { type Login, project, query } from "../../data-plane/clients.js";
import type { TestPlane } from "../../support/plane.js";

/** Of a project with rows of many kinds, as its owner makes them. */
export const CONTENT = `
  CREATE TYPE mood AS ENUM ('calm', 'loud');
  CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text NOT NULL, total numeric(12, 2), at timestamptz, feel mood,
    raw bytea, doc jsonb, tags text[]);
  CREATE SCHEMA "odd ""schema";
  CREATE TABLE "odd ""schema"."t" (t text, "T.*" int);
  CREATE TABLE nothing ();
  CREATE TABLE parts (n int) PARTITION BY RANGE (n);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
  INSERT INTO orders (customer, total, at, feel, raw, doc, tags) SELECT 'customer ' || n, n / 7.0, '2026-01-01'::timestamptz + n * interval '1 hour',
    'calm', decode(md5(n::text), 'hex'), jsonb_build_object('n', n), ARRAY[n::text, NULL] FROM generate_series(1, 2000) n;
  INSERT INTO "odd ""schema"."t" VALUES ('a', 1), (NULL, 2);
  INSERT INTO parts VALUES (1), (2);
  CREATE VIEW totals AS SELECT customer, sum(total) FROM orders GROUP BY customer;
  CREATE FUNCTION double(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
  CREATE INDEX ON orders (double(id));
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON orders USING (customer = current_user);`;

/** pg_dump and pg_restore of version 18 for these tests, or why there are none. */
export const findClientTools = ensurePostgresClient;

/** A project to back up, and where its backups go, all in folders of this test. */
export class BackupLab {
  readonly folder = mkdtempSync(join(tmpdir(), "palisade-backup-"));
  readonly logged: string[] = [];
  now = (): Date => new Date();
  clients: NonNullable<BackupRequest["clients"]> = {};

  private constructor(
    readonly plane: TestPlane,
    readonly projectId: string,
    readonly branchId: string,
    readonly owner: Login,
    private readonly tools: string,
  ) {}

  static async create(plane: TestPlane, tools: string, settings: object = {}, content = CONTENT): Promise<BackupLab> {
    const made = await project(plane, settings);
    await query(plane, made.owner, (client) => client.query(content));
    return new BackupLab(plane, made.id, made.branchId, made.owner, tools);
  }

  get account(): Account {
    const { apiUrl, apiKey, orgId } = this.plane.ready;
    return { apiUrl, apiKey, orgId };
  }

  /** Everything in directories, under a local key. */
  configuration(more: object = {}): BackupRequest["configuration"] {
    const file = {
      source: { project: this.projectId, role: this.owner.role },
      store: { directory: "store" },
      key: { localFile: "local-key.json" },
      erasureKeys: [{ directory: "keys-1" }, { directory: "keys-2" }],
      signingKey: "signing.pem",
      ...more,
    };
    return parseBackupConfiguration(JSON.stringify(file), this.folder);
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: `${this.tools}:${process.env["PATH"] ?? ""}` };
  }

  request(more: object = {}): BackupRequest {
    const { account, environment, clients } = this;
    const log = (line: string) => this.logged.push(line);
    const now = () => this.now();
    return { configuration: this.configuration(more), account, environment, clients, now, log, signal: new AbortController().signal };
  }

  /** @param more of the configuration @param mayMake as a run does */
  open(more: object = {}, mayMake = true): Promise<BackupSession> {
    return openBackupSession(this.request(more), mayMake);
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
