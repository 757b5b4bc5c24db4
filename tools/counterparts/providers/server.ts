import { fstatSync, readFileSync } from "node:fs";
import { isRecord } from "../../../contract/values.js";
import type { ProviderDouble } from "./providerDouble.js";
import { type grpc, library, type provider, type service, type struct } from "./pulumiProtocol.js";
import { type InputDiff, formatError, Resources } from "./resources.js";
import { type Properties, unwrapSecrets } from "./values.js";

/**
 * Serves a double as the plugin of its provider: prints the port for the engine that started it, and ends when that says so.
 * @param schemaFolder where earlier starts have kept what they read of the SDK
 */
export async function servePlugin(double: ProviderDouble, schemaFolder: string | undefined): Promise<void> {
  const server = new library.grpc.Server();
  server.addService(library.service.ResourceProviderService, createHandlers(double, new Resources(double, schemaFolder)));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", library.grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  // Else every call of the CLI waits out the engine's patience.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
  // The engine holds the other end for as long as it lives: nothing outlives one that was killed.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on("end", () => process.exit(0)).resume();
  process.stdout.write(`${port}\n`);
}

type ServedMethod =
  | ("attach" | "cancel" | "check" | "checkConfig" | "configure" | "create" | "delete" | "diff" | "diffConfig")
  | ("getPluginInfo" | "getSchema" | "handshake" | "invoke" | "read" | "update");

function createHandlers(double: ProviderDouble, resources: Resources): Pick<service.IResourceProviderServer, ServedMethod> {
  return { ...createProviderHandlers(double), ...createResourceHandlers(resources) };
}

function createProviderHandlers(double: ProviderDouble) {
  const { provider, plugin, empty } = library;
  return {
    handshake: createUnaryHandler(() => new provider.ProviderHandshakeResponse()),
    attach: createUnaryHandler(() => new empty.Empty()),
    cancel: createUnaryHandler(() => new empty.Empty()),
    getPluginInfo: createUnaryHandler(() => new plugin.PluginInfo().setVersion(readVersion(double.sdk))),
    getSchema: createUnaryHandler(() => new provider.GetSchemaResponse().setSchema("{}")),
    checkConfig: createUnaryHandler(({ request }: Call<provider.CheckRequest>) =>
      new provider.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: createUnaryHandler(() => new provider.DiffResponse()),
    configure: createUnaryHandler(({ request }: Call<provider.ConfigureRequest>) => {
      double.configure(fromStruct(request.getArgs()));
      return new provider.ConfigureResponse().setSupportspreview(true);
    }),
    invoke: createUnaryHandler(async ({ request }: Call<provider.InvokeRequest>) => {
      const answer = double.invoke(request.getTok(), fromStruct(request.getArgs()));
      if (answer === undefined) throw new Error(`there is no double of ${request.getTok()}`);
      return new provider.InvokeResponse().setReturn(toStruct(await answer));
    }),
  };
}

function createResourceHandlers(resources: Resources) {
  const { provider, empty } = library;
  return {
    check: createUnaryHandler(({ request }: Call<provider.CheckRequest>) => {
      const random = Buffer.from(request.getRandomseed_asU8()).toString("hex");
      const found = resources.check(request.getUrn(), fromStruct(request.getOlds()), fromStruct(request.getNews()), random);
      const failures = found.failures.map((one) => new provider.CheckFailure().setProperty(one.property).setReason(one.reason));
      return new provider.CheckResponse().setInputs(toStruct(found.inputs)).setFailuresList(failures);
    }),
    diff: createUnaryHandler(({ request }: Call<provider.DiffRequest>) => {
      const [before, after] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
      return toDiffResponse(resources.diff(request.getUrn(), before, after, request.getIgnorechangesList()));
    }),
    create: createUnaryHandler(async ({ request }: Call<provider.CreateRequest>) => {
      const inputs = fromStruct(request.getProperties());
      const answer = new provider.CreateResponse();
      if (request.getPreview()) return answer.setProperties(toStruct(resources.previewCreate(request.getUrn(), inputs)));
      const created = await resources.create(request.getUrn(), inputs);
      if ("unfinished" in created) throw new InitFailedError(created.id, created.inputs, created.unfinished);
      return answer.setId(created.id).setProperties(toStruct(created.outputs));
    }),
    read: createUnaryHandler(async ({ request }: Call<provider.ReadRequest>) => {
      const [inputs, state] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      const found = await resources.read(request.getUrn(), request.getId(), inputs, state);
      const answer = new provider.ReadResponse();
      if (found === undefined) return answer;
      return answer.setId(request.getId()).setInputs(toStruct(found.inputs)).setProperties(toStruct(found.outputs));
    }),
    update: createUnaryHandler(async ({ request }: Call<provider.UpdateRequest>) => {
      const [state, inputs] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const outputs = request.getPreview() ? { ...state, ...inputs } : await resources.update(request.getUrn(), request.getId(), inputs);
      return new provider.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: createUnaryHandler(async ({ request }: Call<provider.DeleteRequest>) => {
      await resources.delete(request.getUrn(), request.getId(), fromStruct(request.getProperties()));
      return new empty.Empty();
    }),
  };
}

function toDiffResponse({ changed, replacedBy, paths }: InputDiff): provider.DiffResponse {
  const { DiffResponse, PropertyDiff } = library.provider;
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  const answer = new DiffResponse().setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  answer
    .setDiffsList([...changed])
    .setReplacesList([...replacedBy])
    .setHasdetaileddiff(true);
  // Names are unique in both clouds, and an old object may hold the name of the new one.
  answer.setDeletebeforereplace(replacedBy.length > 0);
  for (const { path, act } of paths) {
    const kind = PropertyDiff.Kind[replacedBy.some((name) => isWithin(path, name)) ? (`${act}_REPLACE` as const) : act];
    answer.getDetaileddiffMap().set(path, new PropertyDiff().setKind(kind).setInputdiff(true));
  }
  return answer;
}

const isWithin = (path: string, name: string): boolean => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);

/** An object that was made and not finished: the engine records it, and the next update goes on. */
class InitFailedError extends Error {
  constructor(
    readonly id: string,
    readonly inputs: Properties,
    reason: string,
  ) {
    super(reason);
  }

  /** As the engine reads it: the details of a status, in the metadata of the answer. */
  toMetadata(): grpc.Metadata {
    const { provider, any, status, grpc } = library;
    const properties = toStruct(this.inputs);
    const failed = new provider.ErrorResourceInitFailed().setId(this.id).setReasonsList([this.message]);
    const detail = new any.Any();
    detail.pack(failed.setProperties(properties).setInputs(properties).serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const answer = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(this.message).setDetailsList([detail]);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
    return metadata;
  }
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;

/** A handler that answers with what it returns, and with an error the engine shows when it throws. */
function createUnaryHandler<Request, Response>(
  answer: (call: Call<Request>) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          const details = `provider double: ${formatError(error)}`;
          const code = library.grpc.status.UNKNOWN;
          callback({ code, details, ...(error instanceof InitFailedError && { metadata: error.toMetadata() }) });
        },
      );
  };
}

function fromStruct(message: struct.Struct | undefined): Properties {
  const found = unwrapSecrets(message?.toJavaScript() ?? {});
  return isRecord(found) ? found : {};
}

/** By way of JSON, since a message takes no member that is undefined. */
const toStruct = (properties: Properties): struct.Struct =>
  library.struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, struct.JavaScriptValue>);

const readVersion = (sdk: string): string =>
  (JSON.parse(readFileSync(require.resolve(`${sdk}/package.json`), "utf8")) as { version: string }).version;
