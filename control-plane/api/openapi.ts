import { z } from "zod";
import { Organization } from "@palisade/neon/contract/wire/account";
import { ApiKey } from "@palisade/neon/contract/wire/apiKey";
import { Branch } from "@palisade/neon/contract/wire/branch";
import { GeneralError, Operation } from "@palisade/neon/contract/wire/common";
import { Database } from "@palisade/neon/contract/wire/database";
import { Endpoint } from "@palisade/neon/contract/wire/endpoint";
import { Jwks } from "@palisade/neon/contract/wire/jwks";
import { Member } from "@palisade/neon/contract/wire/member";
import { Project, ProjectListItem } from "@palisade/neon/contract/wire/project";
import { Role } from "@palisade/neon/contract/wire/role";
import { VpcEndpoint } from "@palisade/neon/contract/wire/vpcEndpoint";
import { type Method, type Route, defineRoute } from "./route.js";

type Json = Record<string, unknown>;

/** Schemas that become named components; all others are inlined. */
const NAMED_SCHEMAS = {
  ApiKey,
  Branch,
  Database,
  Endpoint,
  GeneralError,
  Jwks,
  Member,
  Operation,
  Organization,
  Project,
  ProjectListItem,
  Role,
};
const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({ ...NAMED_SCHEMAS, VpcEndpoint })) names.add(schema, { id });

/** The same declarations that check the calls, as OpenAPI 3.1. Built when it is first asked for: the start of a plane does not wait for it. */
export function createOpenApiRoute(routes: readonly Route[]): Route {
  let text: Json | undefined;
  const own: Route = defineRoute({
    method: "GET",
    path: "/x-palisade/openapi.json",
    who: "anyone",
    least: "none",
    effect: "read",
    answers: { 200: z.record(z.string(), z.unknown()) },
    handle: () => (text ??= buildOpenApi([...routes, own])),
  });
  return own;
}

export function buildOpenApi(routes: readonly Route[]): Json {
  const schemas: Json = {};
  const error = { $ref: "#/components/responses/Error" };
  const paths: Record<string, Json> = {};
  const errorSchema = buildAnswerSchema(GeneralError, schemas);
  for (const each of routes) (paths[formatPath(each)] ??= {})[each.method.toLowerCase()] = buildOperation(each, error, schemas);
  return {
    openapi: "3.1.0",
    info: {
      title: "Palisade embedded control plane",
      version: "2",
      description:
        "Neon's control API v2 as the embedded plane speaks it. What is below /x-palisade is the plane's own and not part of Neon's.",
    },
    servers: [{ url: "/api/v2" }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      schemas,
      responses: { Error: { description: "A refusal. `code` is often empty.", content: { "application/json": { schema: errorSchema } } } },
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key: of a person, an organisation or a project." },
      },
    },
  };
}

function buildOperation(
  { method, path, who, least, effect, exclusive, description, body, query, answers }: Route,
  error: Json,
  schemas: Json,
): Json {
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const sentences = [...(description ? [description] : []), ...(exclusive ? [EXCLUSIVE] : [])];
  return {
    operationId: formatOperationId(method, path),
    "x-palisade-who": who,
    "x-palisade-least": least,
    "x-palisade-effect": effect,
    ...(sentences.length > 0 && { description: sentences.join(" ") }),
    parameters: [...named, ...(query ? buildQueryParameters(query) : [])],
    ...(body && { requestBody: { required: !isOptional(body), content: { "application/json": { schema: buildInputSchema(body) } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, schema]) => [status, buildResponse(schema, schemas)])),
      default: error,
    },
  };
}

const EXCLUSIVE = "Waits for the project's open operations; refused with 423 when that takes too long.";

const formatPath = ({ path }: Route): string => path.replace(/:(\w+)/g, "{$1}");

/** `GET /projects/:project_id` -> `getProjectsByProjectId`. */
const formatOperationId = (method: Method, path: string): string =>
  method.toLowerCase() +
  path
    .replace(/:/g, "by_")
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

const buildResponse = (schema: z.ZodType, schemas: Json): Json =>
  schema instanceof z.ZodUndefined
    ? { description: "Done; no body." }
    : { description: "Done.", content: { "application/json": { schema: buildAnswerSchema(schema, schemas) } } };

function buildQueryParameters(query: z.ZodType): Json[] {
  const { properties = {}, required = [] } = buildInputSchema(query) as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }));
}

/** A body that is not sent counts as {}. */
const isOptional = (body: z.ZodType): boolean => body.safeParse({}).success;

/** What is sent to the plane. */
const buildInputSchema = (schema: z.ZodType): Json => removeDialect(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));

/** What the plane answers: open, because Neon's answers grow. What has a name goes to the components. */
function buildAnswerSchema(schema: z.ZodType, schemas: Json): Json {
  const { $defs = {}, ...rest } = removeDialect(
    z.toJSONSchema(schema, {
      io: "output",
      unrepresentable: "any",
      metadata: names,
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  );
  for (const [name, named] of Object.entries($defs as Record<string, Json>)) schemas[name] ??= rewriteReferences(removeDialect(named));
  const { id, ...own } = rest;
  if (typeof id !== "string") return rewriteReferences(rest) as Json;
  schemas[id] ??= rewriteReferences(own);
  return { $ref: `#/components/schemas/${id}` };
}

/** Removes `$schema`, which belongs to the whole document. */
function removeDialect(schema: object): Json {
  const { $schema: _dialect, ...rest } = schema as Json;
  return rest;
}

/** References into the schema itself become references into the components. */
const rewriteReferences = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'), (key, value: unknown) =>
    key === "id" && typeof value === "string" ? undefined : value,
  );
