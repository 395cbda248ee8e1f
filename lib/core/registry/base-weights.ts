// Starting weights come into the store by digest; a name is a pointer to one of them. Nothing is downloaded.
import { createHash } from "node:crypto";
import { type BaseWeights, baseWeights, baseWeightsName } from "../../contracts/base-weights.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Clock, Stores } from "../ports.ts";
import { documentBytes } from "./cas.ts";
import { knownWeights } from "./known-weights.ts";
import { writeOnce } from "./write-once.ts";

export interface BaseWeightsFile {
  /** Name to go by, e.g. yolov8n: the architecture of the config. */
  readonly name: string;
  /** Base name of the file, for people. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Take the file even if it is not an official one. */
  readonly unofficial: boolean;
}

/**
 * Takes starting weights into the store and lets `name` mean them; the bytes are never opened here.
 * @throws BaseWeightsUnofficial where the digest is none of the known ones and `unofficial` is not said
 * @throws UsageWrong where the name cannot be one
 */
export async function addBaseWeights(
  weights: BaseWeightsFile,
  ports: { readonly stores: Pick<Stores, "data">; readonly clock: Clock },
): Promise<BaseWeights> {
  const { data } = ports.stores;
  const { name, file, bytes } = weights;
  if (!baseWeightsName.safeParse(name).success) {
    throw new BobbinError("UsageWrong", {
      problem: `${JSON.stringify(name)} is no name for starting weights: wanted lower-case letters, digits, ".", "_" and "-".`,
      command: "base add",
    });
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const known = Object.hasOwn(knownWeights, name) ? (knownWeights[name] ?? []) : [];
  const official = known.includes(sha256);
  if (!official && !weights.unofficial) {
    const wanted = known.length === 0 ? "no digest that Bobbin knows" : known.join(" or ");
    throw new BobbinError("BaseWeightsUnofficial", { file, name, found: sha256, wanted });
  }
  await writeOnce(data, dataKeys.baseWeights(sha256), () => [bytes]);
  const pointer: BaseWeights = {
    schema: "bobbin/base-weights/1",
    name,
    sha256,
    bytes: bytes.byteLength,
    official,
    file,
    addedAt: ports.clock.now().toISOString(),
  };
  return point(data, pointer);
}

/** Compare and swap; a pointer that already means these bytes stays as it is. */
async function point(data: Stores["data"], wanted: BaseWeights): Promise<BaseWeights> {
  const key = dataKeys.baseName(wanted.name);
  const body = documentBytes(wanted);
  if ((await data.head(key)) === null) {
    try {
      await data.create(key, body);
      return wanted;
    } catch (error) {
      if (!isBobbinError(error, "ObjectExists")) throw error;
    }
  }
  const { bytes, etag } = await data.get(key);
  const there = baseWeights.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  if (there.success && there.data.sha256 === wanted.sha256) return there.data;
  await data.replace(key, body, etag);
  return wanted;
}
