import { parseAddress } from "@palisade/neon/contract/addresses";
import type {
  AnomalyEvent,
  AuditEvent,
  ChangeEvent,
  ConnectionEndEvent,
  ConnectionEvent,
  RefusalCountEvent,
  StatementEvent,
} from "@palisade/neon/contract/wire/auditEvent";
import { getStreamName } from "../auditSource.js";

/** Events of https://schema.ocsf.io/1.6.0, without profiles. */
export const OCSF_VERSION = "1.6.0";

type OcsfEvent = Readonly<Record<string, unknown>>;

interface OcsfClass {
  readonly category_uid: number;
  readonly class_uid: number;
  readonly class_name: string;
}

const AUTHENTICATION: OcsfClass = { category_uid: 3, class_uid: 3002, class_name: "Authentication" };
const NETWORK_ACTIVITY: OcsfClass = { category_uid: 4, class_uid: 4001, class_name: "Network Activity" };
const API_ACTIVITY: OcsfClass = { category_uid: 6, class_uid: 6003, class_name: "API Activity" };
const DATASTORE_ACTIVITY: OcsfClass = { category_uid: 6, class_uid: 6005, class_name: "Datastore Activity" };
const DETECTION_FINDING: OcsfClass = { category_uid: 2, class_uid: 2004, class_name: "Detection Finding" };

const BASE_EVENT: OcsfClass = { category_uid: 0, class_uid: 0, class_name: "Base Event" };

const SEVERITY = { info: 1, low: 2, medium: 3, high: 4 } as const;
const SUCCESS = { status_id: 1, status: "Success" } as const;
const FAILURE = { status_id: 2, status: "Failure" } as const;
const OTHER = 99;
const POSTGRES = "postgres";

/**
 * A row as an event of OCSF. What OCSF has no place for is in `unmapped`, by the row's own names. A row that was changed in the file may lack
 * anything: it is a Base Event with all of it, and keeps back none that come after it.
 */
export function formatOcsf(event: AuditEvent): OcsfEvent {
  try {
    return formatKnown(event) ?? formatDamaged(event);
  } catch {
    return formatDamaged(event);
  }
}

function formatDamaged(event: AuditEvent): OcsfEvent {
  const { version, product, sequence } = formatMetadata(event);
  return {
    ...BASE_EVENT,
    activity_id: OTHER,
    type_uid: OTHER,
    severity_id: SEVERITY.high,
    time: Number.isNaN(Date.parse(event.at)) ? 0 : Date.parse(event.at),
    message: "The row is not as a plane writes it",
    metadata: { version, product, sequence },
    unmapped: { row: event },
  };
}

/** `undefined` of a type that no plane writes. */
function formatKnown(event: AuditEvent): OcsfEvent | undefined {
  switch (event.type) {
    case "change":
      return formatChange(event);
    case "connection":
      return formatConnection(event);
    case "connection-end":
      return formatConnectionEnd(event);
    case "refusals-counted":
      return formatRefusalCount(event);
    case "statement":
      return formatStatement(event);
    case "anomaly":
      return formatAnomaly(event);
  }
}

function formatChange(event: ChangeEvent): OcsfEvent {
  const activity = event.before === undefined ? 1 : event.after === undefined ? 4 : 3;
  return {
    ...formatBase(API_ACTIVITY, activity, "info", event),
    ...SUCCESS,
    actor: { user: { uid: `${event.owner.type}/${event.owner.id}`, credential_uid: String(event.key_id) } },
    api: { operation: event.call, request: { uid: event.request_id } },
    src_endpoint: formatEndpoint(event.address),
    resources: [
      {
        type: event.object.kind,
        uid: event.object.id,
        data: { ...(event.before && { before: event.before }), ...(event.after && { after: event.after }) },
      },
    ],
    unmapped: formatUnmapped(event),
  };
}

function formatConnection(event: ConnectionEvent): OcsfEvent {
  const isAdmitted = event.decision === "admitted";
  return {
    ...formatBase(AUTHENTICATION, event.action === "connect" ? 1 : OTHER, isAdmitted ? "info" : "low", event),
    ...(isAdmitted ? SUCCESS : FAILURE),
    ...(event.reason !== undefined && { status_detail: event.reason }),
    user: formatUser(event.role),
    src_endpoint: { ...formatEndpoint(event.address), ...(event.via !== "public" && { interface_uid: event.via }) },
    dst_endpoint: { svc_name: POSTGRES, ...(event.endpoint_id !== undefined && { uid: event.endpoint_id }) },
    session: { uid: event.session },
    unmapped: { ...formatUnmapped(event), ...pick(event, ["action", "via", "branch_id", "database"]) },
  };
}

/** The row names neither side: whoever wants them finds the session's beginning by the session. */
function formatConnectionEnd(event: ConnectionEndEvent): OcsfEvent {
  const { session, duration_ms: duration, bytes_from_client: fromClient, bytes_to_client: toClient } = event;
  return {
    ...formatBase(NETWORK_ACTIVITY, 2, "info", event),
    dst_endpoint: { svc_name: POSTGRES },
    connection_info: { uid: session, direction_id: 1, direction: "Inbound" },
    duration,
    traffic: { bytes_in: fromClient, bytes_out: toClient, bytes: fromClient + toClient },
    unmapped: formatUnmapped(event),
  };
}

function formatRefusalCount(event: RefusalCountEvent): OcsfEvent {
  return {
    ...formatBase(AUTHENTICATION, 1, "low", event),
    ...FAILURE,
    user: formatUser(undefined),
    dst_endpoint: { svc_name: POSTGRES },
    count: event.refusals,
    start_time: Date.parse(event.since),
    end_time: Date.parse(event.at),
    unmapped: formatUnmapped(event),
  };
}

/** The row has no address: what spoke is the session. */
function formatStatement(event: StatementEvent): OcsfEvent {
  return {
    ...formatBase(DATASTORE_ACTIVITY, 4, "info", event),
    actor: { user: formatUser(event.role), session: { uid: event.session } },
    src_endpoint: { uid: event.session },
    database: { type_id: 1, type: "Relational", uid: event.branch_id },
    ...(event.statement !== undefined && {
      query_info: { uid: formatUid(event), query_string: event.statement, bytes: event.length },
    }),
    unmapped: { ...formatUnmapped(event), length: event.length },
  };
}

function formatAnomaly(event: AnomalyEvent): OcsfEvent {
  const stream = getStreamName(event.org_id);
  return {
    ...formatBase(DETECTION_FINDING, 1, event.severity, event),
    message: event.summary,
    finding_info: {
      uid: formatUid(event),
      title: event.rule,
      desc: event.summary,
      types: [event.rule],
      created_time: Date.parse(event.at),
      related_events: event.evidence.map((seq) => ({ uid: `${stream}:${seq}` })),
      related_events_count: event.evidence.length,
    },
    unmapped: { ...formatUnmapped(event), ...pick(event, ["branch_id", "role"]) },
  };
}

function formatBase(ocsfClass: OcsfClass, activity: number, severity: keyof typeof SEVERITY, event: AuditEvent): OcsfEvent {
  return {
    ...ocsfClass,
    activity_id: activity,
    type_uid: ocsfClass.class_uid * 100 + activity,
    severity_id: SEVERITY[severity],
    time: Date.parse(event.at),
    metadata: formatMetadata(event),
  };
}

const formatMetadata = (event: AuditEvent) => ({
  version: OCSF_VERSION,
  product: { name: "Palisade", vendor_name: "Palisade" },
  uid: formatUid(event),
  sequence: event.seq,
  log_name: getStreamName(event.org_id),
  log_version: String(event.version),
  original_time: event.at,
  ...(event.org_id !== null && { tenant_uid: event.org_id }),
});

const formatUid = ({ org_id, seq }: AuditEvent): string => `${getStreamName(org_id)}:${seq}`;

const formatUnmapped = (event: AuditEvent): OcsfEvent => ({
  type: event.type,
  digest: event.digest,
  ...pick(event, ["project_id", "redacted"]),
});

function pick<E extends object, K extends keyof E>(event: E, names: readonly K[]): Partial<Pick<E, K>> {
  return Object.fromEntries(names.filter((name) => event[name] !== undefined).map((name) => [name, event[name]])) as Partial<Pick<E, K>>;
}

/** OCSF asks for a user with a name; who was refused early has told none. */
const formatUser = (role: string | undefined): OcsfEvent => (role === undefined || role === "" ? { uid: "unknown" } : { name: role });

const formatEndpoint = (address: string): OcsfEvent => (parseAddress(address) === undefined ? { name: address } : { ip: address });
