import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../contract/errors.js";

/** Who hears of alarms: by e-mail, or at an address with `https://`. AWS tells either once it has confirmed. */
export type AlarmSubscriber = { readonly email: pulumi.Input<string> } | { readonly https: pulumi.Input<string> };

interface ResolvedSubscriber {
  readonly subscriber: string;
  readonly protocol: "email" | "https";
  readonly address: pulumi.Output<string>;
}

/** In the program's order. @throws PAL_BASELINE_SUBSCRIBERS where there is none, and, once it is known, for what is no address */
export function resolveSubscribers(subscribers: Readonly<Record<string, AlarmSubscriber>>): ResolvedSubscriber[] {
  const all = Object.entries(subscribers).map(([name, one]) => resolveSubscriber(name, one));
  if (all.length === 0) throw new PalisadeError("PAL_BASELINE_SUBSCRIBERS", "subscribers names nobody");
  return all;
}

function resolveSubscriber(name: string, one: AlarmSubscriber): ResolvedSubscriber {
  const [protocol, given] = "email" in one ? (["email", one.email] as const) : (["https", one.https] as const);
  const address = pulumi.output(given).apply((text) => assertAddress(text, protocol, `subscribers.${name}.${protocol}`));
  return { subscriber: name, protocol, address };
}

/** @param path of the input, since an address may bear a token and is not repeated @throws PAL_BASELINE_SUBSCRIBERS */
export function assertAddress(text: string, protocol: "email" | "https", path: string): string {
  if (!FORMS[protocol].test(text)) throw new PalisadeError("PAL_BASELINE_SUBSCRIBERS", `${path} is no such address`);
  return text;
}

const FORMS = {
  email: /^[^\s@;,]{1,64}@[^\s@;,]{1,255}$/,
  https: /^https:\/\/[^\s/]{1,255}(?:\/\S{0,1024})?$/,
};
