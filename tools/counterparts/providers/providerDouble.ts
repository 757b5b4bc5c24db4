import type { InputFailure } from "./checkInputs.js";
import type { Properties } from "./values.js";

/** The environment's word for the folder where a double keeps what it has read of its SDK. */
export const SCHEMA_FOLDER = "PALISADE_SDK_SCHEMA_FOLDER";

/** A double of a provider, for tests and examples alone: what it is asked by the engine, without the engine's protocol. */
export interface ProviderDouble {
  /** The SDK whose declarations its inputs are checked against, as `@pulumi/aws`. */
  readonly sdk: string;
  /** Takes the provider's configuration, as the names of the SDK's provider; throws on what a double cannot honour. */
  configure: (config: Properties) => void;
  /** By type token; `undefined` for what it has no double of. */
  kind: (token: string) => KindDouble | undefined;
  /** A look-up by the token of its function; `undefined` for what it does not know. */
  invoke: (token: string, args: Properties) => Promise<Properties> | undefined;
}

/** One kind of resource. Its inputs have passed the SDK's types. */
export interface KindDouble {
  /** Inputs whose change makes another object. */
  readonly replacedBy: readonly string[];
  /** The input that is a name when the program leaves it out, and the name. */
  readonly autoName?: { readonly input: string; readonly make: (logicalName: string, random: string) => string };
  /** What the real provider puts in the place of inputs that are left out. */
  readonly defaults?: Properties;
  /** What the SDK's types do not say, and the real provider refuses before any call. */
  readonly validate?: (inputs: Properties) => InputFailure[];
  /**
   * Makes the object and answers its id.
   * @param made to be called as soon as the object is there: what fails after it leaves a resource that the next update finishes
   */
  create: (inputs: Properties, made: (id: string) => void) => Promise<string>;
  /** The object as it is, inputs and outputs by the names of the class; `undefined` when it is gone. */
  read: (id: string) => Promise<Properties | undefined>;
  /** Brings the object, which is `live` now, to the inputs. */
  update: (id: string, inputs: Properties, live: Properties) => Promise<void>;
  /** Of an object that is gone already nothing is left to do. @param state as recorded last */
  delete: (id: string, state: Properties) => Promise<void>;
  /** Inputs after a refresh; what is no input of the class is left out of them. @param inputs as recorded @param state outputs as recorded */
  refreshInputs: (inputs: Properties, state: Properties, live: Properties) => Properties;
}
