import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { KindDouble, ProviderDouble } from "../double.js";
import type { Properties } from "../values.js";
import { AwsClients } from "./clients.js";
import { aliasKind, keyKind } from "./kms.js";

/** A double of the provider of @pulumi/aws: real calls of AWS' SDK, to a double of AWS on loopback. */
export function awsDouble(environment: NodeJS.ProcessEnv): ProviderDouble {
  let clients: AwsClients | undefined;
  let kinds: Readonly<Record<string, KindDouble>> = {};
  return {
    sdk: "@pulumi/aws",
    configure: (config) => {
      clients = AwsClients.from(environment, config);
      kinds = kindsOf(clients);
    },
    kind: (token) => kinds[token],
    invoke: (token) => (clients === undefined ? undefined : lookUp(token, clients)),
  };
}

const kindsOf = ({ kms }: AwsClients): Readonly<Record<string, KindDouble>> => ({
  "aws:kms/alias:Alias": aliasKind(kms),
  "aws:kms/key:Key": keyKind(kms),
});

function lookUp(token: string, { region, sts }: AwsClients): Promise<Properties> | undefined {
  if (token === "aws:index/getRegion:getRegion") return Promise.resolve({ id: region, name: region, region });
  if (token !== "aws:index/getCallerIdentity:getCallerIdentity") return undefined;
  return sts.send(new GetCallerIdentityCommand({})).then(({ Account, Arn, UserId }) => ({
    ...{ accountId: Account, arn: Arn, id: Account, userId: UserId },
  }));
}
