// Reads policies/ strictly and fills in ARNs. A file that is wrong in any way stops the synth.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { BobbinError } from "../../contracts/errors.ts";
import { checkPolicy } from "./check.ts";
import { type PolicyDocument, type ResourceFile, type RoleFile, resourceFile, roleFile } from "./document.ts";

export interface Policies {
  /** By role name: policies/<role>.json. */
  readonly roles: ReadonlyMap<string, RoleFile>;
  /** By resource name: policies/resources/<resource>.json. */
  readonly resources: ReadonlyMap<string, ResourceFile>;
}

/** @throws PolicyInvalid */
export function loadPolicies(folder: string): Policies {
  return {
    roles: loadFolder(folder, "", roleFile, ({ role }) => role),
    resources: loadFolder(folder, "resources/", resourceFile, ({ resource }) => resource),
  };
}

function loadFolder<T extends RoleFile | ResourceFile>(
  folder: string,
  under: string,
  schema: z.ZodType<T>,
  nameOf: (file: T) => string,
): ReadonlyMap<string, T> {
  const names = readdirSync(join(folder, under)).filter((name) => name.endsWith(".json"));
  return new Map(
    names.sort().map((name) => {
      const parsed = parsePolicy(`${under}${name}`, readFileSync(join(folder, under, name), "utf8"), schema);
      const own = nameOf(parsed);
      if (`${own}.json` === name) return [own, parsed];
      throw new BobbinError("PolicyInvalid", { file: `${under}${name}`, field: "name", found: own, wanted: name });
    }),
  );
}

/** @throws PolicyInvalid */
export function parsePolicy<T extends RoleFile | ResourceFile>(file: string, text: string, schema: z.ZodType<T>): T {
  const refuse = (field: string, found: string, wanted: string, cause?: unknown): never => {
    throw new BobbinError("PolicyInvalid", { file, field, found, wanted }, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    refuse("the file", "no JSON", "JSON", cause);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(
      issue?.path.join(".") || "the file",
      issue?.code ?? "wrong",
      issue?.message ?? "the form of a policy",
    );
  }
  checkPolicy({ file, ...parsed.data });
  return parsed.data;
}

/** The policy with every `{placeholder}` filled in. */
export function fillPolicy(
  policy: PolicyDocument,
  values: Readonly<Record<string, string | undefined>>,
): PolicyDocument {
  const fill = (text: string) =>
    text.replace(/(?<!\$)\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) throw new RangeError(`no value for ${whole}`);
      return value;
    });
  return mapStrings(policy, fill) as PolicyDocument;
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((one) => mapStrings(one, map));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapStrings(one, map)]));
}
