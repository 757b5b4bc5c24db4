import { credentials, type ServiceError } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import * as language from "@pulumi/pulumi/proto/language_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { serve, type LanguageHost } from "../../tools/pulumi/languageHost.js";
import { until } from "../support/until.js";

const CHECKOUT = resolve(__dirname, "../..");

describe("the language host", () => {
  let host: LanguageHost;
  let client: LanguageRuntimeClient;
  let ended: jest.Mock;

  beforeEach(async () => {
    ended = jest.fn();
    host = await serve("127.0.0.1:1", CHECKOUT, ended);
    client = new LanguageRuntimeClient(`127.0.0.1:${host.port}`, credentials.createInsecure());
  });
  afterEach(() => {
    client.close();
    host.end();
  });

  const answer = <T>(call: (done: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> =>
    new Promise((done, fail) => {
      call((error, response) => {
        if (error === null) done(response);
        else fail(error);
      });
    });
  const info = (directory: string): language.ProgramInfo => new language.ProgramInfo().setProgramDirectory(directory);

  it("tells which Node runs the programs", async () => {
    const about = await answer<language.AboutResponse>((done) => client.about(new language.AboutRequest(), done));
    expect([about.getExecutable(), about.getVersion()]).toEqual([process.execPath, process.version]);
  });

  it("lists a program's dependencies with the versions that are installed, else asked for", async () => {
    const directory = await mkdtemp(join(tmpdir(), "palisade-program-"));
    try {
      await writeFile(join(directory, "package.json"), JSON.stringify({ dependencies: { absent: "^1.2.3" } }));
      const dependencies = async (folder: string): Promise<string[]> => {
        const request = new language.GetProgramDependenciesRequest().setInfo(info(folder));
        const response = await answer<language.GetProgramDependenciesResponse>((done) => client.getProgramDependencies(request, done));
        return response.getDependenciesList().map((dependency) => `${dependency.getName()}@${dependency.getVersion()}`);
      };
      expect(await dependencies(directory)).toEqual(["absent@^1.2.3"]);
      expect(await dependencies(CHECKOUT)).toContain("zod@4.6.7");
      expect(await dependencies(tmpdir())).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("says that it installs nothing, and what to run instead", async () => {
    const call = client.installDependencies(new language.InstallDependenciesRequest().setDirectory("/some/where"));
    const error = await new Promise<ServiceError>((done) => call.on("error", done).on("data", () => undefined));
    expect(error.details).toBe('this Pulumi CLI was built from source and installs no packages: run "npm install" in /some/where');
  });

  it.each(["a program", "a plugin"])("says where the SDK of %s is missing", async (what) => {
    const missing = /cannot find @pulumi\/pulumi\/cmd\/run\S* from \/: run npm install there/;
    if (what === "a program") {
      const request = new language.RunRequest().setInfo(info("/")).setPwd("/").setProgram(".");
      await expect(answer((done) => client.run(request, done))).rejects.toThrow(missing);
    } else {
      const call = client.runPlugin(new language.RunPluginRequest().setInfo(info("/")).setPwd("/").setKind("analyzer"));
      const error = await new Promise<ServiceError>((done) => call.on("error", done).on("data", () => undefined));
      expect(error.details).toMatch(missing);
    }
  });

  /** A run of Node with these arguments before the program's. */
  const runRequest = (nodeargs: string): language.RunRequest => {
    const options = Struct.fromJavaScript({ typescript: false, nodeargs });
    return new language.RunRequest().setInfo(info(CHECKOUT).setOptions(options)).setPwd(tmpdir()).setProgram(".");
  };
  const run = (nodeargs: string): Promise<language.RunResponse> => answer((done) => client.run(runRequest(nodeargs), done));

  it.each([
    ["succeeds", 0, { error: "", bail: false }],
    ["fails", 3, { error: "the program exited with code 3", bail: false }],
    ["fails and has said why", 32, { error: "", bail: true }],
  ])("answers for a program that %s", async (_, code, expected) => {
    expect((await run(`--eval process.exit(${code})`)).toObject()).toEqual(expected);
  });

  const ENDLESS = "--eval setInterval(()=>{},1000)";
  const takenUp = (): Promise<unknown> => answer((done) => client.about(new language.AboutRequest(), done)); // and so is what was sent before
  const cancel = (): Promise<unknown> => answer((done) => client.cancel(new Empty(), done));

  it("cancels a running program", async () => {
    const outcome = run(ENDLESS);
    await takenUp();
    await cancel();
    expect((await outcome).getError()).toBe("the program was ended by SIGTERM");
  });

  it("ends a program whose engine has hung up", async () => {
    const call = client.run(runRequest(ENDLESS), () => undefined);
    await takenUp();
    host.endWhenIdle();
    expect(ended).not.toHaveBeenCalled();
    call.cancel();
    await until("the host ends", () => ended.mock.calls.length === 1);
  });
});
