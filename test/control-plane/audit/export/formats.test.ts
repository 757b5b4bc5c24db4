import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Ajv2020 from "ajv/dist/2020.js";
import { EVENT_FORMATS } from "../../../../control-plane/audit/export/formats/format.js";
import { formatOcsf, OCSF_VERSION } from "../../../../control-plane/audit/export/formats/ocsf.js";
import { ALL_ROWS, createConnectionRow } from "../../../support/auditRows.js";

/** The published schemas; see the page beside them. */
const CLASSES: Readonly<Record<number, string>> = {
  2004: "detection_finding",
  3002: "authentication",
  4001: "network_activity",
  6003: "api_activity",
  6005: "datastore_activity",
};
const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map(
  Object.entries(CLASSES).map(([uid, name]) => {
    const schema = JSON.parse(gunzipSync(readFileSync(join(__dirname, `../ocsf/${name}.json.gz`))).toString()) as { $id: string };
    return [Number(uid), { name, id: schema.$id, validate: ajv.compile(schema) }];
  }),
);

/** What the published schema of its class has against an event. */
function findFaults(event: Readonly<Record<string, unknown>>): string[] {
  const found = validators.get(event["class_uid"] as number);
  if (found === undefined) return ["of no class"];
  return found.validate(event) ? [] : (found.validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

describe("OCSF", () => {
  it.each(ALL_ROWS.map((row) => [`${row.type} ${row.seq}`, row] as const))("%s is an event of its published class", (_, row) => {
    expect(findFaults(formatOcsf(row))).toEqual([]);
  });

  it("says the version of the schemas it is held to", () => {
    for (const { id } of validators.values()) expect(id).toContain(`/${OCSF_VERSION}/`);
  });

  it("would notice a wrong type, an unknown member and a missing one", () => {
    const good = formatOcsf(createConnectionRow(1));
    expect(findFaults({ ...good, time: "yesterday" })).not.toEqual([]);
    expect(findFaults({ ...good, invented: 1 })).not.toEqual([]);
    const { user: _, ...without } = good;
    expect(findFaults(without)).not.toEqual([]);
  });

  it("tells admitted from refused, and each kind by its class", () => {
    const classes = ALL_ROWS.map((row) => [row.type, formatOcsf(row)["class_uid"]]);
    expect(new Set(classes.map(String))).toEqual(
      new Set(["connection,3002", "connection-end,4001", "refusals-counted,3002", "statement,6005", "anomaly,2004", "change,6003"]),
    );
    expect(formatOcsf(createConnectionRow(1))).toMatchObject({ status_id: 1, severity_id: 1 });
    expect(formatOcsf(createConnectionRow(1, { decision: "refused", reason: "address" }))).toMatchObject({
      ...{ status_id: 2, status_detail: "address", severity_id: 2 },
    });
    expect(ALL_ROWS.filter(({ type }) => type === "change").map((row) => formatOcsf(row)["activity_id"])).toEqual([1, 3, 4]);
  });
});

it.each(["json", "ocsf"] as const)("%s writes a row as one line, and finds its number there and in no other line", (name) => {
  const format = EVENT_FORMATS[name];
  for (const row of ALL_ROWS) {
    const line = format.encode(row);
    expect(line).not.toMatch(/[\r\n]/);
    expect(format.readSeq(line)).toBe(row.seq);
  }
  for (const foreign of ["", "{}", "[]", "null", "1", "x", '{"seq":"1"}', '{"metadata":null}'])
    expect(format.readSeq(foreign)).toBeUndefined();
});

it("json is the row as it is", () => {
  for (const row of ALL_ROWS) expect(JSON.parse(EVENT_FORMATS.json.encode(row))).toEqual(row);
});
