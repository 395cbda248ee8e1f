// Documents that change: read, decide, write only while nobody else has. Every write carries a nonce of its own, so that a
// writer whose answer was lost finds out that it had won.
import * as z from "zod";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import type { ObjectStore } from "../ports.ts";

/** Rounds before giving up: each lost round is another writer's gain, so only a storm comes near. */
const rounds = 200;

export interface Found<T> {
  readonly value: T;
  readonly etag: string;
}

/** A document of the store, checked. @throws ObjectCorrupt, ObjectMissing */
export async function readDocument<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<Found<z.output<T>>> {
  const { bytes, etag } = await store.get(key);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new BobbinError("ObjectCorrupt", { key, problem: "it is not JSON" }, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { value: parsed.data, etag };
  throw new BobbinError("ObjectCorrupt", { key, problem: z.prettifyError(parsed.error) }, { cause: parsed.error });
}

/** As readDocument; null where the key does not exist. */
export async function findDocument<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<Found<z.output<T>> | null> {
  try {
    return await readDocument(store, key, schema);
  } catch (error) {
    if (isBobbinError(error, "ObjectMissing")) return null;
    throw error;
  }
}

/** The one way Bobbin writes a JSON document. */
export function documentBytes(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Writes a document that is made once. Where it exists already, the one that is there is returned and nothing is written.
 */
export async function createOnce<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
  value: z.output<T>,
): Promise<z.output<T>> {
  try {
    await store.create(key, documentBytes(value));
    return value;
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
    return (await readDocument(store, key, schema)).value;
  }
}

export interface Change<T> {
  readonly store: ObjectStore;
  readonly key: string;
  readonly schema: z.ZodType<T>;
  /**
   * Names this writer and its errand, e.g. run, state and attempt. The same nonce is only ever used for the same change.
   */
  readonly nonce: string;
  /**
   * The document as it should be, without regard to its nonce; `current` is null where there is none.
   * Returning `current` itself leaves it as it is. Called again after another writer has won, so it must be pure,
   * and must recognise its own earlier work under later writers' changes.
   */
  readonly decide: (current: T | null) => T;
}

/**
 * Compare and swap until it holds; returns the document that then stands.
 * @throws ObjectChanged where other writers won 200 times in a row
 */
export async function change<T extends { readonly nonce: string }>(wanted: Change<T>): Promise<T> {
  for (let round = 0; round < rounds; round += 1) {
    const found = await findDocument(wanted.store, wanted.key, wanted.schema);
    if (found !== null && found.value.nonce === wanted.nonce) return found.value;
    const next = wanted.decide(found?.value ?? null);
    if (found !== null && next === found.value) return next;
    const written = { ...next, nonce: wanted.nonce };
    if (await write(wanted, written, found?.etag ?? null)) return written;
  }
  throw new BobbinError("ObjectChanged", { key: wanted.key });
}

/** False where another writer was first; whether that was this writer's own lost answer, the next reading tells by the nonce. */
async function write<T>(wanted: Change<T>, value: T, etag: string | null): Promise<boolean> {
  const body = documentBytes(value);
  try {
    if (etag === null) await wanted.store.create(wanted.key, body);
    else await wanted.store.replace(wanted.key, body, etag);
    return true;
  } catch (error) {
    if (isBobbinError(error, "ObjectExists") || isBobbinError(error, "ObjectChanged")) return false;
    throw error;
  }
}
