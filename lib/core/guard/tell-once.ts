// Tells people of a thing once: a mark is made first, and finished when they were told. Where somebody died in between, the next one
// who comes some minutes later tells them: at worst they hear it twice, never not at all.
import * as z from "zod";
import { isoTime } from "../../contracts/common.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { digestOf } from "../config/canonical.ts";
import type { Clock, Notifier, ObjectStore } from "../ports.ts";
import { documentBytes, readDocument } from "../registry/cas.ts";

const mark = z.strictObject({ id: z.string(), at: isoTime, told: isoTime.nullable() });

const patienceMilliseconds = 5 * 60_000;

export interface Said {
  /** Of what is told: never told again. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

export interface TellPorts {
  readonly data: ObjectStore;
  readonly clock: Clock;
  readonly notifier: Notifier;
}

/** @returns false where people know, or somebody is about to tell them */
export async function tellOnce({ id, subject, text }: Said, { data, clock, notifier }: TellPorts): Promise<boolean> {
  const key = dataKeys.told(digestOf(id));
  const now = () => clock.now().toISOString();
  const etag = await begin(key, { id, at: now(), told: null }, data);
  if (etag === null) return false;
  await notifier.tell(subject, text);
  try {
    await data.replace(key, documentBytes({ id, at: now(), told: now() }), etag);
  } catch (error) {
    // Whoever took it for dead has told them too.
    if (!isBobbinError(error, "ObjectChanged")) throw error;
  }
  return true;
}

/** The etag of this teller's own mark; null where it is another's to tell. */
async function begin(key: string, mine: z.infer<typeof mark>, data: ObjectStore): Promise<string | null> {
  try {
    return await data.create(key, documentBytes(mine));
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
  }
  const { value, etag } = await readDocument(data, key, mark);
  if (value.told !== null || Date.parse(mine.at) - Date.parse(value.at) < patienceMilliseconds) return null;
  try {
    return await data.replace(key, documentBytes(mine), etag);
  } catch (error) {
    if (isBobbinError(error, "ObjectChanged")) return null;
    throw error;
  }
}
