// Whether an answer is as its JSON Schema says.
import { expect } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { jsonSchemas, schemaFile } from "../../lib/contracts/schemas.ts";

export function assertDocumented(value: Record<string, unknown>): void {
  const schema = jsonSchemas().get(schemaFile(String(value.schema)));
  expect({ schema: value.schema, found: schema !== undefined }).toEqual({ schema: value.schema, found: true });
  const ajv = new Ajv2020({ strict: false, logger: false });
  formats.default(ajv);
  const valid = ajv.compile(schema ?? false);
  expect({ valid: valid(value), errors: valid.errors }).toEqual({ valid: true, errors: null });
}
