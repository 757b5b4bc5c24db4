export * from "../../tools/pulumi/stack.js";
