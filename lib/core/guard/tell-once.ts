// Tells people of a thing once: a mark is made first, which says what is to be told, and another one when they were told. Where somebody
// died in between, the guard tells them some minutes later: at worst they hear it twice, never not at all.
import * as z from "zod";
import { isoTime } from "../../contracts/common.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { digestOf } from "../config/canonical.ts";
import type { Clock, Notifier, ObjectStore } from "../ports.ts";
import { documentBytes, readDocument } from "../registry/cas.ts";

const mark = z.strictObject({ id: z.string(), at: isoTime, subject: z.string(), text: z.string() });
type Mark = z.infer<typeof mark>;

/** Nobody takes longer between the two marks. */
const patienceMilliseconds = 5 * 60_000;

export interface Said {
  /** Of what is told: never told again. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

export interface MarkPorts {
  readonly data: ObjectStore;
  readonly clock: Clock;
}

/** What is told with an id is told once, by whichever process of the account. */
export function onceNotifier(notifier: Notifier, ports: MarkPorts): Required<Notifier> {
  const announce = async (subject: string, text: string, id: string) => {
    const digest = digestOf(id);
    const at = ports.clock.now().toISOString();
    const isMine = await created(dataKeys.told(digest, "begun"), { id, at, subject, text }, ports.data);
    return async () => {
      if (isMine) await finish(digest, { subject, text }, notifier, ports);
    };
  };
  return {
    announce,
    async tell(subject, text, id) {
      if (id === undefined) return notifier.tell(subject, text);
      const tellNow = await announce(subject, text, id);
      await tellNow();
    },
  };
}

/** What somebody began to tell minutes ago and did not finish. */
export async function tellUnfinished(notifier: Notifier, ports: MarkPorts): Promise<void> {
  const { data, clock } = ports;
  const begun = new Set<string>();
  for await (const { key } of data.list(dataKeys.allTold())) {
    const [, digest = "", file] = key.split("/");
    if (file === "begun.json") begun.add(digest);
    else begun.delete(digest);
  }
  for (const digest of begun) {
    const key = dataKeys.told(digest, "begun");
    const { value, etag } = await readDocument(data, key, mark);
    const at = clock.now().toISOString();
    if (Date.parse(at) - Date.parse(value.at) < patienceMilliseconds) continue;
    if (await replaced(key, { ...value, at }, etag, data)) await finish(digest, value, notifier, ports);
  }
}

async function finish(
  digest: string,
  { subject, text }: Pick<Said, "subject" | "text">,
  notifier: Notifier,
  { data, clock }: MarkPorts,
): Promise<void> {
  await notifier.tell(subject, text);
  // Where the one who was taken for dead has finished too, it is done all the same.
  await created(dataKeys.told(digest, "done"), { at: clock.now().toISOString() }, data);
}

async function created(key: string, value: object, data: ObjectStore): Promise<boolean> {
  try {
    await data.create(key, documentBytes(value));
    return true;
  } catch (error) {
    if (isBobbinError(error, "ObjectExists")) return false;
    throw error;
  }
}

async function replaced(key: string, value: Mark, etag: string, data: ObjectStore): Promise<boolean> {
  try {
    await data.replace(key, documentBytes(value), etag);
    return true;
  } catch (error) {
    if (isBobbinError(error, "ObjectChanged")) return false;
    throw error;
  }
}
