import { SINK_FIELDS } from "../../../../contract/auditSinks.js";
import { NOT_AN_ID, type Rejected } from "./words.js";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const SUFFIXES =
  "vault.azure.net, vault.azure.cn, vault.usgovcloudapi.net, managedhsm.azure.net, managedhsm.azure.cn, managedhsm.usgovcloudapi.net";
const VAULT = { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" };
const ALIAS = "arn:aws:kms:eu-central-1:111122223333:alias/palisade";
const azure = (more: object) => ({ awsKms: undefined, azureKeyVault: { ...VAULT, ...more } });

const sink = (type: string, of: object) => ({ sink: { [type]: of } });
const ONE_SINK = "must have exactly one of webhook, syslog, file, s3 and blob";

/** Keys of customers, and exports of the audit. */
export const KEYS = {
  AuditExport: {
    sound: { name: "siem", sink: { webhook: { url: "https://siem.example.com/in" } } },
    cases: [
      ["orgId", { orgId: "Acme" }, "orgId", "is not an organisation id such as org-morning-bread-81040908"],
      ["name", { name: "" }, "name", "must not be empty"],
      ["sink", { sink: {} }, "sink", ONE_SINK],
      ["sink.file", { sink: { webhook: { url: "https://siem.example.com/in" }, file: { name: "a" } } }, "sink", ONE_SINK],
      ["sink.webhook.url", sink("webhook", { url: "http://siem.example.com" }), "sink.webhook.url", SINK_FIELDS.webhookUrl.message],
      [
        "sink.webhook.caCert",
        sink("webhook", { url: "https://siem.example.com", caCert: "none" }),
        "sink.webhook.caCert",
        "is not a certificate in PEM",
      ],
      ["sink.syslog.host", sink("syslog", { host: "a b", port: 6514 }), "sink.syslog.host", SINK_FIELDS.host.message],
      ["sink.syslog.port", sink("syslog", { host: "logs", port: "6514" }), "sink.syslog.port", "expected number, received string"],
      [
        "sink.syslog.serverName",
        sink("syslog", { host: "logs", port: 6514, serverName: "A" }),
        "sink.syslog.serverName",
        SINK_FIELDS.serverName.message,
      ],
      [
        "sink.syslog.caCert",
        sink("syslog", { host: "logs", port: 6514, caCert: "none" }),
        "sink.syslog.caCert",
        "is not a certificate in PEM",
      ],
      ["sink.file.name", sink("file", { name: "../a" }), "sink.file.name", SINK_FIELDS.fileName.message],
      ["sink.s3.bucket", sink("s3", { bucket: "A", region: "eu-central-1" }), "sink.s3.bucket", SINK_FIELDS.bucket.message],
      ["sink.s3.region", sink("s3", { bucket: "acme", region: "here" }), "sink.s3.region", SINK_FIELDS.region.message],
      ["sink.s3.prefix", sink("s3", { bucket: "acme", region: "eu-central-1", prefix: "/" }), "sink.s3.prefix", SINK_FIELDS.prefix.message],
      [
        "sink.blob.accountUrl",
        sink("blob", { accountUrl: "https://acme.example.com", container: "audit" }),
        "sink.blob.accountUrl",
        SINK_FIELDS.accountUrl.message,
      ],
      [
        "sink.blob.container",
        sink("blob", { accountUrl: "https://acme.blob.core.windows.net", container: "$root" }),
        "sink.blob.container",
        SINK_FIELDS.container.message,
      ],
      [
        "sink.blob.prefix",
        sink("blob", { accountUrl: "https://acme.blob.core.windows.net", container: "audit", prefix: ".." }),
        "sink.blob.prefix",
        SINK_FIELDS.prefix.message,
      ],
      ["format", { format: "csv" }, "format", 'must be "json", "ocsf"'],
      ["filter.types", { filter: { types: [] } }, "filter.types", "must not be empty"],
      ["filter.decisions", { filter: { decisions: [] } }, "filter.decisions", "must not be empty"],
      [
        "filter.minimumSeverity",
        { filter: { minimumSeverity: "severe" } },
        "filter.minimumSeverity",
        'must be "info", "low", "medium", "high"',
      ],
      ["enabled", { enabled: "yes" }, "enabled", "expected boolean, received string"],
    ],
  },
  CustomerManagedKey: {
    sound: { projectId: "quiet-lake-12345678", awsKms: { keyArn: KEY } },
    cases: [
      ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
      ["awsKms", { awsKms: undefined }, "awsKms", "or azureKeyVault must be there, and not both"],
      ["azureKeyVault", { azureKeyVault: VAULT }, "awsKms", "or azureKeyVault must be there, and not both"],
      ["awsKms.keyArn", { awsKms: { keyArn: ALIAS } }, "awsKms.keyArn", `keyArn "${ALIAS}" is not arn:aws:kms:REGION:ACCOUNT:key/ID`],
      ["awsKms.keyArn", { awsKms: {} }, "awsKms.keyArn", "is required"],
      [
        "awsKms.roleArn",
        { awsKms: { keyArn: KEY, roleArn: "palisade" } },
        "awsKms.roleArn",
        'roleArn "palisade" is not arn:aws:iam::ACCOUNT:role/NAME',
      ],
      [
        "azureKeyVault.vaultUrl",
        azure({ vaultUrl: "https://shop.example.com" }),
        "azureKeyVault.vaultUrl",
        `vaultUrl "https://shop.example.com" is not https://NAME.SUFFIX with a suffix of ${SUFFIXES}`,
      ],
      [
        "azureKeyVault.keyName",
        azure({ keyName: "a/b" }),
        "azureKeyVault.keyName",
        'keyName "a/b" is not 1 to 127 letters, digits and hyphens',
      ],
      ["onRevoked", { onRevoked: "ignore" }, "onRevoked", 'must be "suspend", "refuseStarts"'],
      ["rewrapAfterRotation", { rewrapAfterRotation: "no" }, "rewrapAfterRotation", "expected boolean, received string"],
      ["release", { release: 1 }, "release", "expected boolean, received number"],
    ],
  },
  KeyVaultRotationPolicy: {
    sound: { ...VAULT, rotateAfterDays: 90 },
    cases: [
      [
        "vaultUrl",
        { vaultUrl: "https://shop.example.com" },
        "vaultUrl",
        `vaultUrl "https://shop.example.com" is not https://NAME.SUFFIX with a suffix of ${SUFFIXES}`,
      ],
      ["keyName", { keyName: "a/b" }, "keyName", 'keyName "a/b" is not 1 to 127 letters, digits and hyphens'],
      ["rotateAfterDays", { rotateAfterDays: 6 }, "rotateAfterDays", 'must be "never" or a whole number of days from 7 to 3650'],
      ["expireAfterDays", { expireAfterDays: 27 }, "expireAfterDays", "must be at least 28"],
      [
        "expireAfterDays",
        { expireAfterDays: 96 },
        "expireAfterDays",
        "must be at least 7 days more than rotateAfterDays, or the key expires before it is rotated",
      ],
    ],
  },
} satisfies Rejected;
