// The one place where functions read their environment.
import { functionEnvironment, guardEnvironment } from "../lib/contracts/cloud-run.ts";

/** @throws ZodError where the stack left a variable out */
export function readEnvironment() {
  return functionEnvironment.parse(process.env);
}

/** @throws ZodError where the stack left a variable out */
export function readGuardEnvironment() {
  return guardEnvironment.parse(process.env);
}
