import type * as grpc from "@grpc/grpc-js";
import type * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import type * as service from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as provider from "@pulumi/pulumi/proto/provider_pb";
import type * as status from "@pulumi/pulumi/proto/status_pb";
import type * as anyMessage from "google-protobuf/google/protobuf/any_pb";
import type * as empty from "google-protobuf/google/protobuf/empty_pb";
import type * as struct from "google-protobuf/google/protobuf/struct_pb";
import { createRequire } from "node:module";

/** The engine's protocol as @pulumi/pulumi ships it, with its own copies of what it is made of: they are no dependencies of this project. */
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const library = {
  grpc: sdk("@grpc/grpc-js") as typeof grpc,
  service: sdk("./proto/provider_grpc_pb.js") as typeof service,
  provider: sdk("./proto/provider_pb.js") as typeof provider,
  plugin: sdk("./proto/plugin_pb.js") as typeof plugin,
  status: sdk("./proto/status_pb.js") as typeof status,
  any: sdk("google-protobuf/google/protobuf/any_pb.js") as typeof anyMessage,
  empty: sdk("google-protobuf/google/protobuf/empty_pb.js") as typeof empty,
  struct: sdk("google-protobuf/google/protobuf/struct_pb.js") as typeof struct,
};

export type { grpc, provider, service, struct };
