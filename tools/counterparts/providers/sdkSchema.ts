import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** A type of an input, as far as a value can be checked against it. */
export type InputType =
  | { readonly is: "any" }
  | { readonly is: "string" | "number" | "boolean" }
  | { readonly is: "literal"; readonly value: string }
  | { readonly is: "anyOf"; readonly types: readonly InputType[] }
  | { readonly is: "list" | "map"; readonly of: InputType }
  /** A nested type by its name, as `keyvault.VaultPropertiesArgs`. */
  | { readonly is: "object"; readonly name: string };

export interface Input {
  readonly required: boolean;
  readonly type: InputType;
}

export type Inputs = Readonly<Record<string, Input>>;

export interface ResourceSchema {
  readonly inputs: Inputs;
  /** Names of what the class offers, inputs among them. */
  readonly outputs: readonly string[];
}

/**
 * What a generated Pulumi SDK says of its resources, read from its own declarations by the compiler's parser, without a type check. They do not say
 * what a change replaces, defaults, or the values of open unions: a double has tables for those.
 */
export class SdkSchema {
  private readonly root: string;
  private readonly resources = new Map<string, ResourceSchema>();
  private readonly nested = new Map<string, Inputs | undefined>();
  private nestedText: string | undefined;

  /**
   * @param packageName as `@pulumi/aws`; it is only read
   * @param folder of this package alone, where answers are kept for later processes; without it none are
   */
  constructor(
    packageName: string,
    private readonly folder?: string,
  ) {
    this.root = dirname(require.resolve(`${packageName}/package.json`));
  }

  /** @param token as `aws:kms/key:Key` or `azure-native:keyvault:Vault`, of a class that the SDK has; throws otherwise */
  getResource(token: string): ResourceSchema {
    const found = this.resources.get(token) ?? this.recall(token, () => this.readResource(token));
    this.resources.set(token, found);
    return found;
  }

  /** The members of a nested type; `undefined` when the SDK has none of that name. */
  findNestedInputs(name: string): Inputs | undefined {
    if (!this.nested.has(name)) this.nested.set(name, this.recall(name, () => this.readNested(name) ?? null) ?? undefined);
    return this.nested.get(name);
  }

  /** Each answer is a file, which appears at once and whole: providers of one stack run beside each other. */
  private recall<Answer>(asked: string, read: () => Answer): Answer {
    if (this.folder === undefined) return read();
    const file = join(this.folder, `${encodeURIComponent(asked)}.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Answer;
    const answer = read();
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(answer));
    renameSync(draft, file);
    return answer;
  }

  private readResource(token: string): ResourceSchema {
    const [, module = "", name = ""] = token.split(":");
    const path = module.includes("/") ? module : `${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const source = parse(readFileSync(join(this.root, `${path}.d.ts`), "utf8"));
    const resource = source.statements.filter(ts.isClassDeclaration).find((one) => one.name?.text === name);
    const args = source.statements.filter(ts.isInterfaceDeclaration).find((one) => one.name.text === `${name}Args`);
    const properties = [...(resource?.members ?? [])].filter(ts.isPropertyDeclaration).filter((one) => !isStatic(one));
    return { inputs: args === undefined ? {} : readMembers(source, args), outputs: properties.map((one) => one.name.getText(source)) };
  }

  /** Of the file of all nested types, 6 to 8 MB, only the one interface is parsed: the whole takes seconds. */
  private readNested(name: string): Inputs | undefined {
    this.nestedText ??= readFileSync(join(this.root, "types", "input.d.ts"), "utf8");
    const [module = "", type = ""] = name.split(".");
    const from = this.nestedText.indexOf(`\nexport declare namespace ${module} {`);
    const start = from < 0 ? -1 : this.nestedText.indexOf(`\n    interface ${type} {`, from);
    const next = this.nestedText.indexOf("\nexport ", from + 1);
    if (start < 0 || (next >= 0 && start > next)) return undefined;
    const source = parse(this.nestedText.slice(start, this.nestedText.indexOf("\n    }", start) + "\n    }".length));
    const found = source.statements.find(ts.isInterfaceDeclaration);
    return found && readMembers(source, found);
  }
}

const parse = (text: string): ts.SourceFile => ts.createSourceFile("sdk.d.ts", text, ts.ScriptTarget.Latest, false);

const isStatic = (node: ts.PropertyDeclaration): boolean => (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);

const readMembers = (source: ts.SourceFile, { members }: ts.InterfaceDeclaration): Inputs =>
  Object.fromEntries(
    members
      .filter(ts.isPropertySignature)
      .map((one) => [one.name.getText(source), { required: one.questionToken === undefined, type: readType(source, one.type) }]),
  );

const ANY: InputType = { is: "any" };
/** A function and no table: nothing of the compiler is needed where nothing is read. */
function findPrimitive(kind: ts.SyntaxKind): "string" | "number" | "boolean" | undefined {
  if (kind === ts.SyntaxKind.StringKeyword) return "string";
  if (kind === ts.SyntaxKind.NumberKeyword) return "number";
  return kind === ts.SyntaxKind.BooleanKeyword ? "boolean" : undefined;
}

function readType(source: ts.SourceFile, node: ts.TypeNode | undefined): InputType {
  if (node === undefined) return ANY;
  const primitive = findPrimitive(node.kind);
  if (primitive !== undefined) return { is: primitive };
  if (ts.isParenthesizedTypeNode(node)) return readType(source, node.type);
  if (ts.isArrayTypeNode(node)) return { is: "list", of: readType(source, node.elementType) };
  if (ts.isUnionTypeNode(node)) {
    const types = node.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword).map((one) => readType(source, one));
    return types.length === 1 ? (types[0] ?? ANY) : { is: "anyOf", types };
  }
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    return index === undefined ? ANY : { is: "map", of: readType(source, index.type) };
  }
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return { is: "literal", value: node.literal.text };
  return ts.isTypeReferenceNode(node) ? readReference(source, node) : ANY;
}

function readReference(source: ts.SourceFile, node: ts.TypeReferenceNode): InputType {
  const name = node.typeName.getText(source);
  if (name === "pulumi.Input" || name === "Promise") return readType(source, node.typeArguments?.[0]);
  if (name === "Array" || name === "ReadonlyArray") return { is: "list", of: readType(source, node.typeArguments?.[0]) };
  if (name.startsWith("inputs.")) return { is: "object", name: name.slice("inputs.".length) };
  // Enumerations of both SDKs are of strings, and open where the union beside them says so.
  return name.startsWith("enums.") || name === "ARN" || name === "pulumi.ID" ? { is: "string" } : ANY;
}
