import type {
  EnforcementLevel,
  Policies,
  Policy,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy/policy.js";
import { isDynamic } from "../contract/typeToken.js";
import { findKind, type Properties, isProperties, UNKNOWN } from "../provider/introspection.js";
import { controls } from "./controls/index.js";
import type { Control, Settings } from "./control.js";
import type { Subject } from "./subject.js";
import { judge, type Verdict } from "./judge.js";

/** The controls as Pulumi's policies, for a pack that has others too. */
export const policies = (): Policies => controls.map(createPolicy);

function createPolicy(control: Control): ResourceValidationPolicy | StackValidationPolicy {
  switch (control.scope) {
    case "resource":
      return {
        ...describeControl(control),
        validateResource: (args, report) => {
          reportVerdicts(control, judge(control, [toSubject(args)], args.getConfig<Settings>()), report);
        },
      };
    case "stack":
      return {
        ...describeControl(control),
        validateStack: (args, report) => {
          reportVerdicts(control, judge(control, args.resources.map(toStackSubject), args.getConfig<Settings>()), report);
        },
      };
    case "text":
      return createTextPolicy(control);
  }
}

/** The engine shows `__provider` to remediations alone, just before it has the same resource validated. This one notes it and changes nothing. */
function createTextPolicy(control: Control): ResourceValidationPolicy {
  const texts = new Map<string, unknown>();
  return {
    ...describeControl(control),
    remediateResource: ({ urn, type, props }) => {
      if (isDynamic(type))
        texts.set(
          urn,
          readValue(() => props["__provider"] as unknown),
        );
    },
    validateResource: (args, report) => {
      const subject = toSubject(args);
      const shown = texts.has(args.urn) ? { ...subject, storedText: texts.get(args.urn) } : subject;
      texts.delete(args.urn);
      reportVerdicts(control, judge(control, [shown], args.getConfig<Settings>()), report);
    },
  };
}

const describeControl = ({ id, requires, remedy, level, severity, soc2, iso27001, settings }: Control): Policy => ({
  name: id,
  description: requires,
  enforcementLevel: level,
  severity,
  remediationSteps: remedy,
  tags: [...soc2.map((criterion) => `soc2:${criterion}`), ...iso27001.map((clause) => `iso27001:${clause}`)],
  ...(settings && { configSchema: { properties: { ...settings } } }),
});

/** What `reportViolation` takes beside a text (server.js of @pulumi/policy 1.21); its type does not say so. A text would keep the control's own level. */
type ReportAtLevel = (violation: { message: string; enforcementLevel: EnforcementLevel; urn: string }) => void;

function reportVerdicts({ requires, remedy, soc2, iso27001 }: Control, verdicts: readonly Verdict[], report: ReportViolation): void {
  const clauses = `SOC 2 ${soc2.join(", ")}; ISO 27001:2022 ${iso27001.join(", ")}`;
  for (const { urn, judged, message: says } of verdicts)
    if (judged) report(`${says} ${remedy} (${clauses})`, urn);
    else
      (report as unknown as ReportAtLevel)({ message: `${requires}\nThis cannot be judged: ${says}.`, enforcementLevel: "advisory", urn });
}

const toSubject = ({ urn, type, props, opts }: Pick<ResourceValidationArgs, "urn" | "type" | "props" | "opts">): Subject => ({
  urn,
  type,
  kind: findKind(type),
  inputs: toPlainValue(props) as Properties,
  protect: opts.protect,
  ignoreChanges: opts.ignoreChanges,
  origins: {},
});

const toStackSubject = (resource: PolicyResource): Subject => ({
  ...toSubject(resource),
  origins: Object.fromEntries(
    Object.entries(resource.propertyDependencies).map(([property, from]) => [property, from.map(({ urn }) => urn)]),
  ),
});

/** A copy of what Pulumi hands over, a proxy that throws where a value is not known yet; such values are UNKNOWN in it. */
export function toPlainValue(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, at) => readValue(() => value[at] as unknown));
  if (!isProperties(value)) return value;
  return Object.fromEntries(Object.keys(value).map((name) => [name, readValue(() => value[name])]));
}

/** Nothing but an unknown value throws when it is read. */
function readValue(value: () => unknown): unknown {
  let known: unknown;
  try {
    known = value();
  } catch {
    return UNKNOWN;
  }
  return toPlainValue(known);
}
