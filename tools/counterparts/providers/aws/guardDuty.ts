import { createHash } from "node:crypto";
import { ArmStore as StateStore } from "../azure/armStore.js";
import type { KindDouble } from "../providerDouble.js";
import { findText, type Properties } from "../values.js";
import { refreshRecorded } from "./refresh.js";
import { allowOnly } from "./validation.js";

/** The environment's word for the file of the objects of AWS that ministack has no calls for: a double of state, which finds nothing. */
export const AWS_STATE_FILE = "PALISADE_AWS_DOUBLE_FILE";

const FREQUENCIES: readonly unknown[] = ["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"];

/** Objects in a file, with what AWS refuses. */
function createStateKind(
  file: string | undefined,
  token: string,
  buildId: (inputs: Properties, store: StateStore) => string,
  own: Pick<KindDouble, "replacedBy" | "validate" | "defaults">,
  describe: (inputs: Properties, id: string) => Properties,
): KindDouble {
  const open = (): StateStore => {
    if (file === undefined) throw new Error(`${AWS_STATE_FILE} must name the file of what the double of aws keeps of GuardDuty`);
    return new StateStore(file);
  };
  return {
    ...own,
    create: (inputs) => {
      const store = open();
      const id = buildId(inputs, store);
      store.put({ id, token, properties: describe(inputs, id) });
      return Promise.resolve(id);
    },
    read: (id) => Promise.resolve(open().get(id)?.properties),
    update: (id, inputs) => {
      open().put({ id, token, properties: describe(inputs, id) });
      return Promise.resolve();
    },
    delete: (id) => {
      open().remove(id, false);
      return Promise.resolve();
    },
    refreshInputs: refreshRecorded,
  };
}

/** `aws:guardduty/detector:Detector`, by state alone: an account has one in a region. */
export const createDetectorKind = (file: string | undefined, region: string): KindDouble => {
  const token = "aws:guardduty/detector:Detector";
  const build = (_: Properties, store: StateStore): string => {
    if (store.list().some((one) => one.token === token))
      throw new Error("BadRequestException: a detector already exists for the current account");
    return createHash("sha256").update(region).digest("hex").slice(0, 32);
  };
  const own: Pick<KindDouble, "replacedBy" | "validate" | "defaults"> = {
    replacedBy: [],
    defaults: { enable: true },
    validate: (inputs) => [
      ...allowOnly("enable", "findingPublishingFrequency", "region", "tags")(inputs),
      ...(inputs["findingPublishingFrequency"] === undefined || FREQUENCIES.includes(inputs["findingPublishingFrequency"])
        ? []
        : [{ property: "findingPublishingFrequency", reason: `expected one of ${FREQUENCIES.join(", ")}` }]),
    ],
  };
  return createStateKind(file, token, build, own, ({ tags = {}, ...inputs }, id) => {
    const arn = `arn:aws:guardduty:${region}:000000000000:detector/${id}`;
    return { region, ...inputs, tags, tagsAll: tags, accountId: "000000000000", arn };
  });
};

/** `aws:guardduty/detectorFeature:DetectorFeature`, by state alone. */
export const createDetectorFeatureKind = (file: string | undefined, region: string): KindDouble => {
  const build = ({ detectorId, name }: Properties, store: StateStore): string => {
    const detector = findText(detectorId) ?? "";
    if (store.get(detector) === undefined) throw new Error(`BadRequestException: there is no detector ${detector}`);
    return `${detector}/${findText(name) ?? ""}`;
  };
  const own = { replacedBy: ["detectorId", "name"], validate: allowOnly("detectorId", "name", "region", "status") };
  return createStateKind(file, "aws:guardduty/detectorFeature:DetectorFeature", build, own, (inputs) => ({ region, ...inputs }));
};
