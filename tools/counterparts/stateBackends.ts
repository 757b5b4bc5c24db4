import { createContainer, ensureAzurite, startAzurite, STORAGE_ACCOUNT, STORAGE_KEY } from "./azure/azurite.js";
import { ADMINISTRATOR, REGION, startMinistack } from "./aws/ministack.js";
import { ensurePython } from "./python.js";

/** Where teams keep the state of a stack, on doubles of the clouds. */
export const STATE_BACKENDS = ["s3", "azblob"] as const;
export type StateBackendName = (typeof STATE_BACKENDS)[number];

export interface StateBackend {
  /** For the CLI: where the state is, and as whom. */
  readonly env: Readonly<Record<string, string>>;
  stop: () => Promise<void>;
}

export const STATE_BUCKET = "example-shop-state";
const CONTAINER = "shop-production";

/** Throws where the double cannot be had. */
export const startStateBackend = (name: StateBackendName): Promise<StateBackend> => (name === "s3" ? startS3() : startBlobs());

async function startS3(): Promise<StateBackend> {
  const python = ensurePython();
  if ("missing" in python) throw new Error(python.missing);
  const ministack = await startMinistack(python.path);
  const answer = await fetch(`${ministack.url}/${STATE_BUCKET}`, { method: "PUT" });
  if (!answer.ok) throw new Error(`the bucket was not made: ${answer.status} ${await answer.text()}`);
  return { env: { PULUMI_BACKEND_URL: buildS3Url(ministack.url), ...buildS3Identity(ADMINISTRATOR) }, stop: ministack.stop };
}

/** @param endpoint of S3's double */
export const buildS3Url = (endpoint: string): string =>
  `s3://${STATE_BUCKET}?endpoint=${encodeURIComponent(endpoint)}&region=${REGION}&s3ForcePathStyle=true`;

export const buildS3Identity = ({ accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string }) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: "true",
});

async function startBlobs(): Promise<StateBackend> {
  const folder = ensureAzurite();
  if ("missing" in folder) throw new Error(folder.missing);
  const azurite = await startAzurite(folder.path);
  await createContainer(azurite, CONTAINER);
  return {
    env: {
      PULUMI_BACKEND_URL: `azblob://${CONTAINER}?localemu=true&protocol=http&domain=${azurite.authority}`,
      AZURE_STORAGE_ACCOUNT: STORAGE_ACCOUNT,
      AZURE_STORAGE_KEY: STORAGE_KEY,
    },
    stop: azurite.stop,
  };
}
