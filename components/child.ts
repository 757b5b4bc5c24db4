import type * as pulumi from "@pulumi/pulumi";
import { CustomerManagedKey } from "../sdk/index.js";

/** What a component makes a child with. */
export interface Child<Args> {
  readonly args: Args;
  readonly opts: pulumi.CustomResourceOptions;
}

/**
 * Answers what the child is made with instead. What it takes out of the safe defaults is the program's own decision, and a review tells of it.
 * @param name of the child, by which those of one kind are told apart
 */
export type Transform<Args> = (child: Child<Args>, name: string) => Child<Args>;

/** A class of resources that a component makes children of. */
type ResourceClass<Args, Made> = new (name: string, args: Args, opts?: pulumi.CustomResourceOptions) => Made;

/** Makes a child of a component, as the program wants it. */
export type ChildFactory = <Args, Made>(
  kind: ResourceClass<Args, Made>,
  name: string,
  args: NonNullable<NoInfer<Args>>,
  transform: Transform<NonNullable<NoInfer<Args>>> | undefined,
  opts?: pulumi.CustomResourceOptions,
) => Made;

/** What makes children of the component. */
export const createChildFactory =
  (parent: pulumi.ComponentResource): ChildFactory =>
  (kind, name, args, transform, opts) => {
    const child = { args, opts: { parent, ...opts } };
    const wanted = transform?.(child, name) ?? child;
    return new kind(name, wanted.args, wanted.opts);
  };

/**
 * The project's key by the name that the other cloud's component gives it: a change of cloud is an update of the one key, which is put under the
 * other before the first is gone.
 * @param own type of this component @param other type of that one
 */
export const buildOtherCloudAlias = (
  component: pulumi.ComponentResource,
  name: string,
  own: string,
  other: string,
): pulumi.Output<string> =>
  component.urn.apply((urn) => {
    const types = urn.slice(0, urn.lastIndexOf("::"));
    return `${types.slice(0, -own.length)}${other}$${CustomerManagedKey.__pulumiType}::${name}`;
  });

/** What of a key is the same in every cloud. */
export interface ProjectKeyArgs {
  /** Project whose data is sealed under the key. */
  readonly projectId: pulumi.Input<string>;
  /** What happens once the key's owner refuses its use. Default: `"suspend"`. */
  readonly onRevoked?: pulumi.Input<"suspend" | "refuseStarts"> | undefined;
  /** Whether everything is put under a new version of the key once there is one. Default: `true`. */
  readonly rewrapAfterRotation?: pulumi.Input<boolean> | undefined;
  /** Whether the project's key may be given up while it cannot be used: what is sealed under it is then lost. Default: `false`. */
  readonly release?: pulumi.Input<boolean> | undefined;
}
