import type * as pulumi from "@pulumi/pulumi";

/** What a component makes a child with. */
export interface Child<Args> {
  readonly args: Args;
  readonly opts: pulumi.CustomResourceOptions;
}

/** Answers what the child is made with instead. What it takes out of the safe defaults is the program's own decision, and a review tells of it. */
export type Transform<Args> = (child: Child<Args>) => Child<Args>;

/** The child as the program wants it. */
export const transformed = <Args>(transform: Transform<Args> | undefined, child: Child<Args>): Child<Args> => transform?.(child) ?? child;

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
