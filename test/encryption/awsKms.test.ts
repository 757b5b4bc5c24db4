import {
  CancelKeyDeletionCommand,
  CreateGrantCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import type { KeyContext } from "../../encryption/sealContext.js";
import { createAwsKms, type AwsKmsOptions } from "../../encryption/keys/awsKms.js";
import { issueExternalId, KeyPermissions } from "../../encryption/keys/keyPermissions.js";
import type { KeyProvider } from "../../encryption/keys/keyProvider.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";

/** Through the unmodified SDK, against a double: ministack behind the emulator. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

// The first start of the doubles, keys of 2048 bits and the real Tink take their time on a machine that is busy.
jest.setTimeout(60_000);

const ORGANIZATION = "org-1";
const CONTEXT: KeyContext = { organization: ORGANIZATION, project: "p-1", branch: "br-1", purpose: "erasureKey" };
const EXTERNAL_ID = issueExternalId(Buffer.alloc(32, 1), ORGANIZATION);
const USE = ["kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"];
const gone = "http://127.0.0.1:9";

(why === "" ? describe : describe.skip)(`AWS KMS, a double of it${why}`, () => {
  let account: AwsAccount;
  let plane: { accessKeyId: string; secretAccessKey: string };
  let keyArn: string;

  beforeAll(async () => {
    account = await AwsAccount.start("path" in python ? python.path : "");
    keyArn = await account.createKey();
    plane = await account.createUser("plane", [{ Effect: "Allow", Action: USE, Resource: keyArn }]);
  });
  afterAll(() => account.stop());
  afterEach(() => {
    account.emulator.clearFaults();
  });

  const options = (more: Partial<AwsKmsOptions> = {}): AwsKmsOptions => ({
    organization: ORGANIZATION,
    externalId: EXTERNAL_ID,
    permissions: new KeyPermissions([{ organization: ORGANIZATION, key: keyArn }]),
    clientOptions: { endpoint: account.emulator.url, credentials: plane },
    ...more,
  });
  const provider = (more: Partial<AwsKmsOptions> = {}): KeyProvider => createAwsKms({ keyArn }, options(more));
  const fresh = async (policy?: object) => {
    const arn = await account.createKey(policy);
    await account.allowUser("plane", [{ Effect: "Allow", Action: USE, Resource: "*" }]);
    const one = createAwsKms({ keyArn: arn }, options({ permissions: new KeyPermissions([{ organization: ORGANIZATION, key: arn }]) }));
    return { arn, one };
  };

  it("makes data keys that it opens for their context alone", async () => {
    const one = provider();
    const { plaintext, wrapped } = await one.createDataKey(CONTEXT);
    expect(plaintext.length).toBe(32);
    expect(wrapped).toMatchObject({ service: "awsKms", keyId: keyArn });
    expect((await one.unwrap(wrapped, CONTEXT)).equals(plaintext)).toBe(true);
    for (const other of [{ organization: "x" }, { project: "x" }, { branch: "x" }, { purpose: "backup" as const }])
      await expect(one.unwrap(wrapped, { ...CONTEXT, ...other })).rejects.toMatchObject({
        kind: "invalid",
        from: { source: "awsKms", code: "InvalidCiphertextException" },
      });
    expect(await one.describe()).toEqual({ state: "enabled", keyId: keyArn });
  });

  it("needs no rewrapping after a rotation, and takes over the key of another one", async () => {
    const one = provider();
    const { plaintext, wrapped } = await one.createDataKey(CONTEXT);
    await account.kms.send(new RotateKeyOnDemandCommand({ KeyId: keyArn }));
    expect(await one.rewrap(wrapped, CONTEXT)).toBe(wrapped);
    const { arn, one: next } = await fresh();
    await expect(next.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "invalid" });
    await expect(next.unwrap({ ...wrapped, keyId: arn }, CONTEXT)).rejects.toMatchObject({
      kind: "invalid",
      from: { code: "IncorrectKeyException" },
    });
    const moved = await next.rewrap(wrapped, CONTEXT, one);
    expect(moved.keyId).toBe(arn);
    expect((await next.unwrap(moved, CONTEXT)).equals(plaintext)).toBe(true);
  });

  it("tells disabled, enabled, pending deletion and cancelled apart", async () => {
    const { arn, one } = await fresh();
    const { wrapped } = await one.createDataKey(CONTEXT);
    await account.kms.send(new DisableKeyCommand({ KeyId: arn }));
    await expect(one.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({
      kind: "disabled",
      code: "PAL_CMK_DISABLED",
      isDefinitive: true,
      key: arn,
    });
    await expect(one.createDataKey(CONTEXT)).rejects.toMatchObject({
      kind: "disabled",
      from: { source: "awsKms", code: "DisabledException" },
    });
    expect(await one.describe()).toMatchObject({ state: "disabled" });
    await account.kms.send(new EnableKeyCommand({ KeyId: arn }));
    expect((await one.unwrap(wrapped, CONTEXT)).length).toBe(32);
    await account.kms.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }));
    await expect(one.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "pendingDeletion", isDefinitive: true });
    await expect(one.unwrap(wrapped, CONTEXT)).rejects.toThrow(/it is deleted at 20\d\d-.*Cancel the deletion/);
    expect(await one.describe()).toMatchObject({ state: "pendingDeletion", deletedAt: expect.stringMatching(/^20/) as string });
    await account.kms.send(new CancelKeyDeletionCommand({ KeyId: arn }));
    await expect(one.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "disabled" });
  });

  it("says a key is not found when it is not there", async () => {
    const arn = keyArn.replace(/[0-9a-f-]{36}$/, "11111111-1111-4111-8111-111111111111");
    await account.allowUser("plane", [{ Effect: "Allow", Action: USE, Resource: "*" }]);
    const one = createAwsKms({ keyArn: arn }, options({ permissions: new KeyPermissions([{ organization: ORGANIZATION, key: arn }]) }));
    await expect(one.createDataKey(CONTEXT)).rejects.toMatchObject({ kind: "notFound", isDefinitive: true });
  });

  it("is denied by its policies, and lets in again when they do", async () => {
    const { one } = await fresh();
    const { wrapped } = await one.createDataKey(CONTEXT);
    await account.allowUser("plane", [{ Effect: "Allow", Action: "kms:DescribeKey", Resource: "*" }]);
    await expect(one.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({
      kind: "denied",
      isDefinitive: true,
      from: { source: "awsKms", code: "AccessDeniedException" },
    });
    await account.allowUser("plane", [{ Effect: "Allow", Action: USE, Resource: "*" }]);
    expect((await one.unwrap(wrapped, CONTEXT)).length).toBe(32);
  });

  it.each([
    ["throttling", "ThrottlingException", 400, "throttled", "awsKms"],
    ["an internal error", "KMSInternalException", 500, "unavailable", "awsKms"],
    ["a key store that does not answer", "KeyUnavailableException", 500, "unavailable", "awsKms"],
    ["an error that nobody knows", "SomethingNewException", 400, "unavailable", "awsKms"],
    ["credentials that have ended", "ExpiredTokenException", 400, "unavailable", "credentials"],
  ])("takes %s for trouble that passes", async (_, code, status, kind, source) => {
    const one = provider();
    const { wrapped } = await one.createDataKey(CONTEXT);
    account.emulator.injectFault("Decrypt", { code, status });
    await expect(one.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind, isDefinitive: false, from: { source, code } });
    account.emulator.clearFaults();
    expect((await one.unwrap(wrapped, CONTEXT)).length).toBe(32);
  });

  it("rides out one failure by itself", async () => {
    const one = provider();
    const { wrapped } = await one.createDataKey(CONTEXT);
    account.emulator.injectFault("Decrypt", { code: "ThrottlingException", status: 400 }, 1);
    expect((await one.unwrap(wrapped, CONTEXT)).length).toBe(32);
  });

  it("takes a network that is gone, and credentials that nobody knows, for trouble that passes", async () => {
    account.emulator.injectFault("GenerateDataKey", "cut");
    await expect(provider().createDataKey(CONTEXT)).rejects.toMatchObject({ kind: "unavailable", from: { source: "network" } });
    account.emulator.clearFaults();
    await expect(provider({ clientOptions: { endpoint: gone, credentials: plane } }).createDataKey(CONTEXT)).rejects.toMatchObject({
      kind: "unavailable",
      from: { source: "network" },
    });
    const wrong = { ...plane, secretAccessKey: "a-secret-of-nobody" };
    const refused = provider({ clientOptions: { endpoint: account.emulator.url, credentials: wrong } }).createDataKey(CONTEXT);
    await expect(refused).rejects.toMatchObject({ kind: "unavailable", from: { source: "credentials" } });
  });

  it("every Decrypt is in the trail with the context, refused ones too, and no key is", async () => {
    const one = provider();
    const { plaintext, wrapped } = await one.createDataKey(CONTEXT);
    const before = account.emulator.trail.listCalls("Decrypt").length;
    await one.unwrap(wrapped, CONTEXT);
    await one.unwrap(wrapped, { ...CONTEXT, branch: "br-2" }).catch(() => undefined);
    const [opened, refused, ...more] = account.emulator.trail.listCalls("Decrypt").slice(before);
    expect(more).toEqual([]);
    const caller = { type: "IAMUser", arn: "arn:aws:iam::000000000000:user/plane" };
    expect(opened).toMatchObject({ userIdentity: caller, requestParameters: { keyId: keyArn, encryptionContext: { ...CONTEXT } } });
    expect(opened).not.toHaveProperty("errorCode");
    expect(refused).toMatchObject({
      requestParameters: { encryptionContext: { ...CONTEXT, branch: "br-2" } },
      errorCode: "InvalidCiphertextException",
    });
    const text = JSON.stringify(account.emulator.trail.events);
    for (const secret of [plaintext.toString("base64"), plaintext.toString("hex"), plane.secretAccessKey])
      expect(text).not.toContain(secret);
  });

  it("failures name key, reason and what to do, and hold no secret and no text of the service", async () => {
    const one = provider();
    const { plaintext, wrapped } = await one.createDataKey(CONTEXT);
    const failure = (await one.unwrap(wrapped, { ...CONTEXT, project: "x" }).catch((error: unknown) => error)) as Error;
    expect(failure.message).toContain(keyArn);
    const all = `${failure.message}\n${failure.stack ?? ""}\n${JSON.stringify(failure)}`;
    for (const secret of [plaintext.toString("base64"), wrapped.bytes.toString("base64"), plane.secretAccessKey])
      expect(all).not.toContain(secret);
  });

  it("takes its credentials from the standard chain where none are given", async () => {
    const chain = {
      AWS_ACCESS_KEY_ID: plane.accessKeyId,
      AWS_SECRET_ACCESS_KEY: plane.secretAccessKey,
      AWS_ENDPOINT_URL: account.emulator.url,
    };
    const before = { ...process.env };
    Object.assign(process.env, chain);
    try {
      const { organization, externalId, permissions } = options();
      const one = createAwsKms({ keyArn }, { organization, externalId, permissions });
      const { wrapped } = await one.createDataKey(CONTEXT);
      expect((await one.unwrap(wrapped, CONTEXT)).length).toBe(32);
      expect(account.emulator.trail.listCalls("Decrypt").at(-1)?.userIdentity.arn).toBe("arn:aws:iam::000000000000:user/plane");
    } finally {
      for (const name of Object.keys(chain)) {
        const value = before[name];
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });

  describe("whose keys", () => {
    it("the plane's own identity uses what its operator allowed for the organisation, and nothing else", () => {
      for (const allowed of [
        [],
        [{ organization: "org-2", key: keyArn }],
        [{ organization: ORGANIZATION, key: keyArn.replace("eu-central-1", "eu-west-1") }],
      ])
        expect(() => createAwsKms({ keyArn }, options({ permissions: new KeyPermissions(allowed) }))).toThrow(/PAL_CMK_NOT_ALLOWED/);
    });

    it("a role is assumed with the organisation's own external id, and its session uses the key", async () => {
      const roleArn = await account.createRole("customer", { StringEquals: { "sts:ExternalId": EXTERNAL_ID } }, [
        { Effect: "Allow", Action: USE, Resource: keyArn },
      ]);
      await account.allowUser("plane", [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }]);
      const one = createAwsKms({ keyArn, roleArn }, options({ permissions: new KeyPermissions([]) }));
      const { plaintext, wrapped } = await one.createDataKey(CONTEXT);
      expect((await one.unwrap(wrapped, CONTEXT)).equals(plaintext)).toBe(true);
      expect(account.emulator.trail.listCalls("Decrypt").at(-1)?.userIdentity).toMatchObject({
        type: "AssumedRole",
        arn: expect.stringContaining("assumed-role/customer/palisade") as string,
      });
      const stranger = createAwsKms({ keyArn, roleArn }, options({ externalId: issueExternalId(Buffer.alloc(32, 1), "org-2") }));
      await expect(stranger.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "denied", from: { source: "awsSts" } });
    });

    it("a role that any external id opens is not used", async () => {
      const roleArn = await account.createRole("open", undefined, [{ Effect: "Allow", Action: USE, Resource: keyArn }]);
      await account.allowUser("plane", [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }]);
      await expect(createAwsKms({ keyArn, roleArn }, options()).createDataKey(CONTEXT)).rejects.toThrow(
        /any sts:ExternalId.*PAL_CMK_NOT_ALLOWED/,
      );
    });
  });

  describe("policies on the context", () => {
    const own = { StringEquals: { "kms:EncryptionContext:project": CONTEXT.project } };

    it("let the plane use the key for the project they name", async () => {
      const { arn, one } = await fresh();
      await account.allowUser("plane", [{ Effect: "Allow", Action: USE, Resource: arn, Condition: own }]);
      const { plaintext, wrapped } = await one.createDataKey(CONTEXT);
      expect((await one.unwrap(wrapped, CONTEXT)).equals(plaintext)).toBe(true);
      await expect(one.createDataKey({ ...CONTEXT, project: "p-2" })).rejects.toMatchObject({ kind: "denied" });
    });

    it("a grant lets it in, until it is revoked", async () => {
      const { arn, one } = await fresh();
      await account.allowUser("plane", [{ Effect: "Allow", Action: "kms:DescribeKey", Resource: "*" }]);
      const { GrantId } = await account.kms.send(
        new CreateGrantCommand({
          KeyId: arn,
          GranteePrincipal: "arn:aws:iam::000000000000:user/plane",
          Operations: ["Decrypt", "GenerateDataKey"],
          Constraints: { EncryptionContextSubset: { organization: ORGANIZATION } },
        }),
      );
      const { wrapped } = await one.createDataKey(CONTEXT);
      await expect(one.createDataKey({ ...CONTEXT, organization: "org-2" })).rejects.toMatchObject({ kind: "denied" });
      await account.kms.send(new RevokeGrantCommand({ KeyId: arn, GrantId }));
      await expect(one.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "denied" });
    });
  });
});
