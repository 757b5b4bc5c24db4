import { type Case, CU, LOW, RANGE_CASES, type Rejected, sizeCases, TIME } from "./words.js";

/** A project and its whole network. */
export const PROJECT = {
  Project: {
    sound: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: ["203.0.113.0/24"] } },
    cases: [
      ["name", { name: "" }, "name", "must not be empty"],
      ["name", { name: "x".repeat(257) }, "name", "must have at most 256 characters"],
      [
        "regionId",
        { regionId: "aws-eu-centrl-1" },
        "regionId",
        '"aws-eu-centrl-1" is not a region of Neon; did you mean "aws-eu-central-1"?',
      ],
      ["pgVersion", { pgVersion: 13 }, "pgVersion", "must be at least 14"],
      ["orgId", { orgId: "shop" }, "orgId", "is not an organisation id such as org-morning-bread-81040908"],
      ["network", { network: undefined }, "network", "is required"],
      ["network.allow", { network: { allow: "everyone" } }, "network.allow", 'must be "listed", "anywhere", "nobody" or "elsewhere"'],
      ...RANGE_CASES.map(([range, reason]): Case => ["network.ranges", network({ ranges: [range] }), "network.ranges[0]", reason]),
      [
        "network.ranges",
        network({ ranges: [] }),
        "network.ranges",
        'allow: "listed" needs at least one range; to admit nobody write allow: "nobody", to admit every address allow: "anywhere"',
      ],
      [
        "network.ranges",
        { network: { allow: "nobody", ranges: ["203.0.113.0/24"] } },
        "network.ranges",
        'ranges belong to allow: "listed"; remove them or write allow: "listed"',
      ],
      [
        "network.ranges",
        network({ ranges: ["0.0.0.0/1", "128.0.0.0/1"] }),
        "network.ranges",
        'these ranges admit every IPv4 or every IPv6 address; if that is meant, write allow: "anywhere"',
      ],
      [
        "network.ranges.range",
        network({ ranges: [{ range: "nowhere" }] }),
        "network.ranges[0].range",
        "nowhere is not an address, and names are not looked up: write an address (192.0.2.1), a network (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)",
      ],
      [
        "network.ranges.removeAfter",
        network({ ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] }),
        "network.ranges[0].removeAfter",
        TIME,
      ],
      [
        "network.ranges.description",
        network({ ranges: [{ range: "192.0.2.1", description: "x".repeat(201) }] }),
        "network.ranges[0].description",
        "must have at most 200 characters",
      ],
      ["network.scope", network({ scope: "protected" }), "network.scope", 'expected one of "all"|"protectedBranches"'],
      ["network.privateEndpoints", network({ privateEndpoints: true }), "network.privateEndpoints", 'expected one of "allowed"|"blocked"'],
      [
        "network.allow",
        { network: { allow: "elsewhere", privateEndpoints: "blocked" } },
        "network.allow",
        'allow: "elsewhere" leaves the whole network to an IpAllowlist: declare privateEndpoints there',
      ],
      [
        "historyRetentionSeconds",
        { historyRetentionSeconds: 2_592_001 },
        "historyRetentionSeconds",
        "must be at most 2592000 seconds (30 days)",
      ],
      ["defaultBranch.name", { defaultBranch: { name: "" } }, "defaultBranch.name", "must not be empty"],
      ["defaultBranch.protected", { defaultBranch: { protected: "yes" } }, "defaultBranch.protected", "expected boolean, received string"],
      ["defaultBranch.roleName", { defaultBranch: { roleName: "x".repeat(64) } }, "defaultBranch.roleName", "must have at most 63 bytes"],
      ["defaultBranch.databaseName", { defaultBranch: { databaseName: "" } }, "defaultBranch.databaseName", "must not be empty"],
      [
        "defaultBranch.compute.minCu",
        { defaultBranch: { compute: { minCu: 0.3 } } },
        "defaultBranch.compute.minCu",
        "must be a multiple of 0.25 compute units",
      ],
      [
        "defaultBranch.compute.maxCu",
        { defaultBranch: { compute: { maxCu: 0 } } },
        "defaultBranch.compute.maxCu",
        "must be at least 0.25 compute units",
      ],
      [
        "defaultBranch.compute.suspendTimeoutSeconds",
        { defaultBranch: { compute: { suspendTimeoutSeconds: 59 } } },
        "defaultBranch.compute.suspendTimeoutSeconds",
        'must be at least 60 seconds, or "never"',
      ],
      [
        "defaultBranch.compute.disabled",
        { defaultBranch: { compute: { disabled: "no" } } },
        "defaultBranch.compute.disabled",
        "expected boolean, received string",
      ],
      [
        "defaultBranch",
        { defaultBranch: { rolName: "x" } },
        "defaultBranch.rolName",
        'is not a field of this resource; did you mean "roleName"?',
      ],
      ...sizeCases("defaultBranch.compute.", (compute) => ({ defaultBranch: { compute } })),
      ...sizeCases("computeDefaults.", (computeDefaults) => ({ computeDefaults })),
      ["computeDefaults.minCu", { computeDefaults: { minCu: 0.1 } }, "computeDefaults.minCu", CU],
      ["computeDefaults.maxCu", { computeDefaults: { maxCu: 0.1 } }, "computeDefaults.maxCu", CU],
      [
        "computeDefaults.suspendTimeoutSeconds",
        { computeDefaults: { suspendTimeoutSeconds: 5 } },
        "computeDefaults.suspendTimeoutSeconds",
        LOW,
      ],
      ["computeDefaults", { computeDefaults: { cpu: 1 } }, "computeDefaults.cpu", "is not a field of this resource"],
      [
        "maintenanceWindow.weekdays",
        { maintenanceWindow: { weekdays: [8], startTime: "01:00", endTime: "02:00" } },
        "maintenanceWindow.weekdays[0]",
        "must be 1 (Monday) to 7 (Sunday)",
      ],
      [
        "maintenanceWindow.startTime",
        { maintenanceWindow: { weekdays: [1], startTime: "1:00", endTime: "02:00" } },
        "maintenanceWindow.startTime",
        "must be a time of day such as 03:30",
      ],
      [
        "maintenanceWindow.endTime",
        { maintenanceWindow: { weekdays: [1], startTime: "01:00", endTime: "24:00" } },
        "maintenanceWindow.endTime",
        "must be a time of day such as 03:30",
      ],
      ["maintenanceWindow", { maintenanceWindow: { weekdays: [1], startTime: "01:00" } }, "maintenanceWindow.endTime", "is required"],
      ["auditLogLevel", { auditLogLevel: "all" }, "auditLogLevel", 'must be "base", "extended" or "full"'],
      ["logicalReplication", { logicalReplication: "on" }, "logicalReplication", "expected boolean, received string"],
      ["hipaa", { hipaa: "on" }, "hipaa", "expected boolean, received string"],
      ...["activeTimeSeconds", "computeTimeSeconds", "writtenDataBytes", "dataTransferBytes", "logicalSizeBytes"].map((name): Case => [
        `quota.${name}`,
        { quota: { [name]: -1 } },
        `quota.${name}`,
        "must not be negative",
      ]),
      ["quota", { quota: 5 }, "quota", "expected object, received number"],
      ["storePasswords", { storePasswords: 1 }, "storePasswords", "expected boolean, received number"],
    ],
  },
} satisfies Rejected;

function network(fields: Record<string, unknown>) {
  return { network: { allow: "listed", ranges: ["203.0.113.0/24"], ...fields } };
}
