export type { Child, Transform } from "../child.js";
export { CustomerKey, type CustomerKeyArgs } from "./customerKey.js";
