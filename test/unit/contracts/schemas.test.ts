// The JSON Schemas say what the zod schemas say: ajv accepts and refuses the same documents.
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { documents } from "../../../lib/contracts/common.ts";
import { jsonSchemas, schemaFile } from "../../../lib/contracts/schemas.ts";

const ajv = new Ajv2020({ strict: false, logger: false });
formats.default(ajv);
const schemas = jsonSchemas();
const validator = (id: string) => ajv.compile(schemas.get(schemaFile(id)) ?? false);

const line = {
  name: "day1/a.jpg",
  sha256: "0".repeat(64),
  bytes: 10,
  ext: "jpg",
  width: 4,
  height: 3,
  orientation: 1,
  phash: null,
  group: "day1",
  labelled: true,
  labels: [{ class: "person", kind: "box", box: [0, 0, 1, 1] }],
};
const wrong = [
  { ...line, sha256: "0".repeat(63) },
  { ...line, width: 0 },
  { ...line, extra: 1 },
  { ...line, orientation: 9 },
  { ...line, labels: [{ class: "person", kind: "box", box: [0, 0, 1] }] },
];

describe("the JSON Schemas", () => {
  it("are there for every document and compile", () => {
    expect(schemas.size).toBe(documents.size);
    for (const id of documents.keys()) expect(typeof validator(id)).toBe("function");
  });

  it("agree with zod on a manifest line and on its mutations", () => {
    const zod = documents.get("bobbin/manifest-line/1")?.schema;
    const json = validator("bobbin/manifest-line/1");
    for (const candidate of [line, ...wrong])
      expect({ candidate, valid: json(candidate) }).toEqual({ candidate, valid: zod?.safeParse(candidate).success });
    expect(json(line)).toBe(true);
    expect(wrong.filter((candidate) => json(candidate))).toEqual([]);
  });

  it("let people leave out what has a default", () => {
    const valid = validator("bobbin/config/1");
    const config = {
      schema: "bobbin/config/1",
      project: "p",
      model: "m",
      dataset: "d",
      classes: [{ name: "a" }],
      groupRule: { kind: "folder" },
      budget: { ends: "2030-01-01T00:00:00Z" },
    };
    expect(valid(config)).toBe(true);
    expect(valid({ ...config, groupRule: undefined })).toBe(false);
  });
});
