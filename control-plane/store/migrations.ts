/**
 * One entry per version of the database (PRAGMA user_version); an entry never changes once released.
 * The unique key begins with the id: beginning with the kind it would tempt the planner to read all documents of a kind.
 * Deletion stands in the indexes of what can be deleted, because every list asks for it and reading it off the document costs a parse.
 * Columns that are searched are computed from the document, so there is no second place to keep in step.
 * Rows of `former_audit` get their digests, which SQL cannot compute, when the store opens; then it goes.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entity (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, sealed TEXT,
     org TEXT AS (document ->> '$.org_id'), user TEXT AS (document ->> '$.user_id'),
     project TEXT AS (document ->> '$.project_id'), branch TEXT AS (document ->> '$.branch_id'), parent TEXT AS (document ->> '$.parent_id'),
     name TEXT AS (document ->> '$.name'), email TEXT AS (document ->> '$.email'),
     state TEXT AS (coalesce(document ->> '$.status', document ->> '$.current_state')),
     open INTEGER AS (coalesce(document ->> '$.status', '') IN ('scheduling', 'running', 'cancelling')),
     protected INTEGER AS (document ->> '$.protected'), is_default INTEGER AS (document ->> '$.default'),
     root INTEGER AS (document ->> '$.parent_id' IS NULL OR document ->> '$.init_source' = 'schema-only'),
     created_at TEXT AS (document ->> '$.created_at'), updated_at TEXT AS (document ->> '$.updated_at'), expires_at TEXT AS (document ->> '$.expires_at'),
     deleted_at TEXT AS (coalesce(document ->> '$.deleted_at', document ->> '$.recovery.deleted_at')),
     recoverable_until TEXT AS (coalesce(document ->> '$.recoverable_until', document ->> '$.recovery.recoverable_until')),
     key_prefix TEXT AS (substr(sealed ->> '$.hash', 1, 16)),
     UNIQUE (id, kind)) STRICT;
   CREATE INDEX user_in_order ON entity (seq) WHERE kind = 'user';
   CREATE INDEX member_by_user ON entity (user, seq) WHERE kind = 'member';
   CREATE INDEX key_by_prefix ON entity (key_prefix) WHERE kind = 'api_key';
   CREATE INDEX key_by_user ON entity (user, seq) WHERE kind = 'api_key';
   CREATE INDEX key_by_org ON entity (org, seq) WHERE kind = 'api_key';
   CREATE INDEX key_by_project ON entity (project) WHERE kind = 'api_key' AND project IS NOT NULL;
   CREATE INDEX project_by_org ON entity (org, deleted_at, created_at, id) WHERE kind = 'project';
   CREATE INDEX branch_by_name ON entity (project, deleted_at, name, id) WHERE kind = 'branch';
   CREATE INDEX branch_by_created ON entity (project, deleted_at, created_at, id) WHERE kind = 'branch';
   CREATE INDEX branch_by_updated ON entity (project, deleted_at, updated_at, id) WHERE kind = 'branch';
   CREATE INDEX branch_by_parent ON entity (parent, deleted_at) WHERE kind = 'branch';
   CREATE INDEX branch_default ON entity (project, deleted_at) WHERE kind = 'branch' AND is_default = 1;
   CREATE INDEX branch_root ON entity (project, deleted_at) WHERE kind = 'branch' AND root = 1;
   CREATE INDEX branch_protected ON entity (project, deleted_at) WHERE kind = 'branch' AND protected = 1;
   CREATE INDEX branch_expiring ON entity (expires_at) WHERE kind = 'branch' AND expires_at IS NOT NULL;
   CREATE INDEX project_recoverable ON entity (recoverable_until) WHERE kind = 'project' AND recoverable_until IS NOT NULL;
   CREATE INDEX branch_recoverable ON entity (recoverable_until) WHERE kind = 'branch' AND recoverable_until IS NOT NULL;
   CREATE INDEX endpoint_by_project ON entity (project, seq) WHERE kind = 'endpoint';
   CREATE INDEX endpoint_by_branch ON entity (branch, seq) WHERE kind = 'endpoint';
   CREATE INDEX deleted_endpoint_by_branch ON entity (branch, seq) WHERE kind = 'deleted_endpoint';
   CREATE INDEX role_by_branch ON entity (branch, seq) WHERE kind = 'role';
   CREATE INDEX database_by_branch ON entity (branch, name, id) WHERE kind = 'database';
   CREATE INDEX operation_by_created ON entity (project, created_at, id) WHERE kind = 'operation';
   CREATE INDEX operation_open ON entity (project, seq) WHERE kind = 'operation' AND open = 1;
   CREATE TABLE number (last INTEGER NOT NULL) STRICT;
   INSERT INTO number VALUES (0);
   CREATE TABLE audit (
     seq INTEGER PRIMARY KEY, at TEXT NOT NULL, key INTEGER NOT NULL, what TEXT NOT NULL, request TEXT NOT NULL,
     kind TEXT NOT NULL, id TEXT NOT NULL, before TEXT, after TEXT) STRICT;`,
  `ALTER TABLE entity ADD COLUMN region TEXT AS (document ->> '$.region_id');
   ALTER TABLE entity ADD COLUMN vpc_endpoint TEXT AS (document ->> '$.vpc_endpoint_id');
   CREATE INDEX member_by_org ON entity (org, seq) WHERE kind = 'member';
   CREATE INDEX invitation_by_org ON entity (org, seq) WHERE kind = 'invitation';
   CREATE INDEX permission_by_project ON entity (project, seq) WHERE kind = 'project_permission';
   CREATE INDEX project_role_by_project ON entity (project, seq) WHERE kind = 'project_role';
   CREATE INDEX vpc_endpoint_by_org ON entity (org, region, deleted_at, seq) WHERE kind = 'vpc_endpoint';
   CREATE INDEX vpc_restriction_by_project ON entity (project, seq) WHERE kind = 'vpc_restriction';
   CREATE INDEX vpc_restriction_by_endpoint ON entity (vpc_endpoint, seq) WHERE kind = 'vpc_restriction';
   CREATE INDEX jwks_by_project ON entity (project, seq) WHERE kind = 'jwks';
   CREATE INDEX user_by_email ON entity (email, seq) WHERE kind = 'user';`,
  `ALTER TABLE audit ADD COLUMN owner TEXT NOT NULL DEFAULT '';
   ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
   ALTER TABLE audit ADD COLUMN project TEXT;
   ALTER TABLE audit ADD COLUMN org TEXT;
   ALTER TABLE audit ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
   UPDATE audit SET size = length(coalesce(before, '')) + length(coalesce(after, '')),
     project = CASE kind WHEN 'project' THEN id ELSE coalesce(after, before) ->> '$.project_id' END;
   UPDATE audit SET org = coalesce(coalesce(after, before) ->> '$.org_id',
     (SELECT org FROM entity WHERE entity.id = audit.project AND entity.kind = 'project'));
   CREATE INDEX audit_by_org ON audit (org, seq, size);
   CREATE INDEX audit_by_project ON audit (project, seq) WHERE project IS NOT NULL;
   CREATE INDEX audit_by_time ON audit (at);`,
  `ALTER TABLE entity ADD COLUMN granted_to TEXT AS (document ->> '$.granted_to_email');
   CREATE INDEX permission_by_address ON entity (granted_to, seq) WHERE kind = 'project_permission';
   CREATE INDEX credential_by_branch ON entity (branch, seq) WHERE kind = 'credential';
   CREATE INDEX transfer_request_by_project ON entity (project, seq) WHERE kind = 'transfer_request';`,
  `ALTER TABLE entity ADD COLUMN next_at TEXT AS (document ->> '$.next_at');
   ALTER TABLE entity ADD COLUMN manual INTEGER AS (document ->> '$.manual');
   CREATE INDEX snapshot_by_project ON entity (project, seq) WHERE kind = 'snapshot';
   CREATE INDEX snapshot_expiring ON entity (expires_at) WHERE kind = 'snapshot' AND expires_at IS NOT NULL;
   CREATE INDEX backup_schedule_by_project ON entity (project, seq) WHERE kind = 'backup_schedule';
   CREATE INDEX backup_schedule_due ON entity (next_at) WHERE kind = 'backup_schedule';`,
  `CREATE INDEX customer_key_by_project ON entity (project, seq) WHERE kind = 'customer_managed_key';
   CREATE INDEX customer_key_due ON entity (next_at) WHERE kind = 'customer_managed_key';`,
  `ALTER TABLE entity ADD COLUMN link TEXT AS (document ->> '$.link_id');
   CREATE INDEX vpc_endpoint_by_id ON entity (vpc_endpoint, seq) WHERE kind = 'vpc_endpoint';
   CREATE INDEX path_challenge_by_project ON entity (project, seq) WHERE kind = 'path_challenge';
   CREATE INDEX vpc_endpoint_by_link ON entity (link, seq) WHERE kind = 'vpc_endpoint';`,
  `CREATE TABLE audit_event (
     event TEXT NOT NULL, digest TEXT NOT NULL,
     stream TEXT AS (CASE WHEN json_valid(event) THEN coalesce(event ->> '$.org_id', '') END),
     seq INTEGER AS (CASE WHEN json_valid(event) THEN event ->> '$.seq' END),
     type TEXT AS (CASE WHEN json_valid(event) THEN event ->> '$.type' END),
     at TEXT AS (CASE WHEN json_valid(event) THEN event ->> '$.at' END),
     project TEXT AS (CASE WHEN json_valid(event) THEN event ->> '$.project_id' END),
     size INTEGER AS (length(CAST(event AS BLOB)))) STRICT;
   CREATE UNIQUE INDEX audit_event_in_order ON audit_event (stream, seq);
   CREATE INDEX audit_event_by_time ON audit_event (stream, at, seq);
   CREATE INDEX audit_change_in_order ON audit_event (stream, seq, at, size) WHERE type = 'change';
   CREATE INDEX audit_change_by_project ON audit_event (stream, project, seq) WHERE type = 'change';
   CREATE TABLE audit_stream (stream TEXT PRIMARY KEY, changes INTEGER NOT NULL, bytes INTEGER NOT NULL, checkpoint TEXT) STRICT;
   CREATE TABLE audit_journal (generation INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
   INSERT INTO audit_journal VALUES (0, 0);
   ALTER TABLE audit RENAME TO former_audit;`,
  `ALTER TABLE audit_stream ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX audit_export_by_org ON entity (org, seq) WHERE kind = 'audit_export';`,
  `CREATE INDEX temporary_access_by_role ON entity (branch, name, seq) WHERE kind = 'temporary_access';
   CREATE INDEX temporary_access_by_project ON entity (project, seq) WHERE kind = 'temporary_access';
   CREATE INDEX temporary_access_due ON entity (expires_at) WHERE kind = 'temporary_access';`,
];
