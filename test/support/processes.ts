export * from "../../tools/pulumi/processes.js";
