import type { KeyContext } from "@palisade/neon/encryption/sealContext";
import { KeyFailure } from "@palisade/neon/encryption/keys/keyFailure";
import type { KeyProvider, WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import type { Sealed } from "../../store/kinds.js";

type StoredCanary = Sealed["customer_managed_key"]["canary"];

/** It belongs to no branch. */
const buildCanaryContext = (organization: string, project: string): KeyContext => ({
  organization,
  project,
  branch: "canary",
  purpose: "canary",
});

export const toStored = ({ bytes, ...rest }: WrappedKey): StoredCanary => ({ ...rest, bytes: bytes.toString("base64") });
export const fromStored = ({ bytes, ...rest }: StoredCanary): WrappedKey => ({ ...rest, bytes: Buffer.from(bytes, "base64") });

/**
 * Makes a key and opens it: the proof that the key may be used for both. What is made is opened now and then, because a key that was disabled tells
 * nobody.
 * @param from a key that this one is to take over from, which takes a right of its own
 * @throws KeyFailure
 */
export async function createCanary(provider: KeyProvider, organization: string, project: string, from?: KeyProvider): Promise<WrappedKey> {
  const context = buildCanaryContext(organization, project);
  const { plaintext, wrapped } = await provider.createDataKey(context);
  plaintext.fill(0);
  await openCanary(provider, organization, project, wrapped);
  if (from !== undefined) {
    const other = await from.createDataKey(context);
    other.plaintext.fill(0);
    await provider.rewrap(other.wrapped, context, from);
  }
  return wrapped;
}

/** @throws KeyFailure */
export async function openCanary(provider: KeyProvider, organization: string, project: string, canary: WrappedKey): Promise<void> {
  (await provider.unwrap(canary, buildCanaryContext(organization, project))).fill(0);
}

/** The canary under the newest version of the key; itself where there is no newer one. @throws KeyFailure */
export const rewrapCanary = (provider: KeyProvider, organization: string, project: string, canary: WrappedKey): Promise<WrappedKey> =>
  provider.rewrap(canary, buildCanaryContext(organization, project));

/** A canary that another key or context wrapped says nothing about the key. */
export const isAboutCanary = (error: unknown): boolean => error instanceof KeyFailure && error.kind === "invalid";
