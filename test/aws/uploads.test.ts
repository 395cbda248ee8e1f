// Uploads on the emulated S3: a zip in parts that breaks off and goes on, what it says of itself, and the mark it gets in the end.
import { randomBytes } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect, it } from "@jest/globals";
import type { Account } from "../../lib/aws/account.ts";
import { sendUpload } from "../../lib/aws/send-upload.ts";
import { sendZip, type ZipSending } from "../../lib/aws/send-zip.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { markTaken, pinUpload, uploadTerms } from "../../lib/aws/uploads.ts";
import { unfinishedOf } from "../../lib/cli/unfinished.ts";
import { countCalls, describeAws, freshBucket, refusal, s3, trouble } from "../support/aws.ts";
import { freshFolder } from "../support/folder.ts";

const partBytes = 5 * 1024 * 1024;
const key = "incoming/trays/may.zip";

async function setting(parts: number) {
  const client = s3();
  const bucket = await freshBucket(client);
  const folder = freshFolder();
  const path = join(folder, "may.zip");
  const bytes = randomBytes(Math.round(parts * partBytes));
  writeFileSync(path, bytes);
  const told: number[] = [];
  const sending = (): ZipSending => ({
    ...{ path, bucket, key, partBytes, bytes: statSync(path).size },
    modified: statSync(path).mtime.toISOString(),
    terms: { mode: "replace", retrain: "later", annotator: "Bö" },
    unfinished: unfinishedOf(join(folder, "bobbin.json"), path, { stack: "try", place: "incoming" }),
    sent: (done) => told.push(done),
  });
  return { client, bucket, path, bytes, told, sending };
}

async function read(client: S3Client, Bucket: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Its requests for parts fail after so many. */
function weakLine(parts: number): S3Client {
  const client = s3();
  let left = parts;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === "UploadPartCommand") left -= 1;
        if (left < 0) throw new Error("the line is dead");
        return next(args);
      },
    { step: "initialize", name: "weak-line" },
  );
  return client;
}

describeAws("a zip", () => {
  it.each([0.1, 1, 3.3])("of %s parts arrives with all its bytes, and says what it is", async (parts) => {
    const { client, bucket, bytes, told, sending } = await setting(parts);
    expect(await sendZip(sending(), client)).toBe(key);
    expect((await read(client, bucket)).equals(bytes)).toBe(true);
    expect(Math.max(...told)).toBe(bytes.byteLength);
    const { VersionId: versionId = "" } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const terms = await uploadTerms(client, bucket)({ location: key, versionId });
    expect(terms).toEqual({ mode: "replace", retrain: "later", annotator: "Bö", bytes: bytes.byteLength });
    await expect(sendZip(sending(), client)).rejects.toMatchObject({ name: "UploadExists", data: { key } });
  });

  it("that broke off is not there, and goes on with the parts that are missing, also under another name", async () => {
    const { client, bucket, bytes, sending } = await setting(6.5);
    await expect(sendZip(sending(), weakLine(5))).rejects.toThrow("the line is dead");
    await expect(read(client, bucket)).rejects.toMatchObject({ name: "NoSuchKey" });
    const calls = countCalls(client);
    expect(await sendZip({ ...sending(), key: "incoming/trays/later.zip" }, client)).toBe(key);
    expect(calls.of("UploadPartCommand")).toBe(2);
    expect((await read(client, bucket)).equals(bytes)).toBe(true);
  });

  it("that changed since it broke off is sent from its beginning", async () => {
    const { client, bucket, path, sending } = await setting(2.5);
    const weak = s3();
    trouble(weak, "CompleteMultipartUploadCommand", 503, 3);
    await expect(sendZip(sending(), weak)).rejects.toMatchObject({ name: "SlowDown" });
    const other = randomBytes(partBytes * 2 + 7);
    writeFileSync(path, other);
    const calls = countCalls(client);
    await sendZip(sending(), client);
    expect(calls.of("UploadPartCommand")).toBe(3);
    expect((await read(client, bucket)).equals(other)).toBe(true);
  });
});

/** The first Complete is carried out and its answer is lost; from then on S3 knows no such upload. */
function loseComplete(client: S3Client): { readonly asked: () => number } {
  let asked = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== "CompleteMultipartUploadCommand") return next(args);
        asked += 1;
        if (asked > 1) throw refusal(404);
        await next(args);
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" });
      },
    { step: "finalizeRequest", priority: "low", name: "lose-complete" },
  );
  return { asked: () => asked };
}

/** What is done once, when the first bytes have gone out. */
function atFirst(work: () => Promise<void>): () => void {
  let done = false;
  return () => {
    if (!done) void work();
    done = true;
  };
}

describeAws("a zip whose last answer was lost", () => {
  it("in one piece has arrived", async () => {
    const { client, bucket, bytes, told, sending } = await setting(0.1);
    const { left } = trouble(client, "PutObjectCommand", "lost");
    expect(await sendZip(sending(), client)).toBe(key);
    expect(left()).toBe(0);
    expect((await read(client, bucket)).equals(bytes)).toBe(true);
    expect(told.at(-1)).toBe(bytes.byteLength);
  });

  it("in parts has arrived", async () => {
    const { client, bucket, bytes, told, sending } = await setting(2.5);
    const { asked } = loseComplete(client);
    expect(await sendZip(sending(), client)).toBe(key);
    expect(asked()).toBe(2);
    expect((await read(client, bucket)).equals(bytes)).toBe(true);
    expect(told.at(-1)).toBe(bytes.byteLength);
    expect(await sending().unfinished.load()).toBeNull();
  });

  it("and whose command died of it is found when that is typed again, under the name that it had", async () => {
    const { client, bucket, bytes, sending } = await setting(2.5);
    const weak = s3();
    loseComplete(weak);
    const sent = atFirst(async () => void trouble(weak, "ListObjectsV2Command", 503, 9));
    await expect(sendZip({ ...sending(), sent }, weak)).rejects.toMatchObject({ name: "SlowDown" });
    const calls = countCalls(client);
    trouble(client, "ListPartsCommand", 404);
    expect(await sendZip({ ...sending(), key: "incoming/trays/later.zip" }, client)).toBe(key);
    expect(calls.of("UploadPartCommand")).toBe(0);
    expect((await read(client, bucket)).equals(bytes)).toBe(true);
  });
});

describeAws("a zip that S3 has dropped", () => {
  const abort = async (client: S3Client, bucket: string) => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  };

  it("while it was sent is said to be lost, and is sent whole when the command is typed again", async () => {
    const { client, bucket, bytes, sending } = await setting(6.5);
    const sent = atFirst(() => abort(client, bucket));
    await expect(sendZip({ ...sending(), sent }, client)).rejects.toMatchObject({ name: "UploadLost", data: { key } });
    expect(await sending().unfinished.load()).toBeNull();
    expect(await sendZip(sending(), client)).toBe(key);
    expect((await read(client, bucket)).equals(bytes)).toBe(true);
  });

  it("between two tries is sent from its beginning", async () => {
    const { client, bucket, sending } = await setting(2.5);
    await expect(sendZip(sending(), weakLine(1))).rejects.toThrow("the line is dead");
    await abort(client, bucket);
    expect(await sendZip({ ...sending(), key: "incoming/trays/later.zip" }, client)).toBe("incoming/trays/later.zip");
    await expect(read(client, bucket)).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("is not taken for another one of that name that came meanwhile", async () => {
    const { client, bucket, sending } = await setting(2.5);
    const sent = atFirst(
      async () => void (await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.of(1) }))),
    );
    await expect(sendZip({ ...sending(), sent }, client)).rejects.toMatchObject({
      name: "UploadExists",
      data: { key },
    });
    expect((await read(client, bucket)).equals(Buffer.of(1))).toBe(true);
  });
});

/** The first answer to each PUT is lost. */
function loseFirstPuts(client: S3Client): ReadonlySet<string> {
  const lost = new Set<string>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { Key = "" } = args.input as { readonly Key?: string };
        const answer = await next(args);
        if (commandName !== "PutObjectCommand" || lost.has(Key)) return answer;
        lost.add(Key);
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" });
      },
    { step: "finalizeRequest", priority: "low", name: "lose-first-puts" },
  );
  return lost;
}

describeAws("a folder", () => {
  it("arrives whole though the first answer to every request was lost, and once", async () => {
    const { client, bucket } = await setting(0.1);
    const path = freshFolder();
    writeFileSync(join(path, "a.txt"), "a");
    const lost = loseFirstPuts(client);
    const data = s3Store(client, bucket);
    const sending = {
      place: "incoming" as const,
      ...{ path, dataset: "trays", name: "june", sent: () => undefined },
      terms: { mode: "merge", retrain: "now" } as const,
      unfinished: unfinishedOf(join(path, "bobbin.json"), path, { stack: "try", place: "incoming" }),
    };
    // A folder asks nothing else of the account.
    const account = { stores: { data, registry: data } } as Account;
    expect(await sendUpload(sending, account)).toBe("incoming/trays/june/_COMMIT.json");
    expect([...lost]).toEqual(["incoming/trays/june/a.txt", "incoming/trays/june/_COMMIT.json"]);
    await expect(sendUpload(sending, account)).rejects.toMatchObject({ name: "UploadExists" });
  });
});

describeAws("what an upload says of itself", () => {
  const put = async (client: S3Client, Bucket: string, Key: string, more: object) => {
    const { VersionId: versionId = "" } = await client.send(
      new PutObjectCommand({ Bucket, Key, Body: Buffer.of(), ...more }),
    );
    return { location: Key, versionId };
  };

  it("is a merge, now, where it says nothing", async () => {
    const { client, bucket } = await setting(0.1);
    const terms = await uploadTerms(client, bucket)(await put(client, bucket, key, {}));
    expect(terms).toEqual({ mode: "merge", retrain: "now", bytes: 0 });
    const longer = await put(client, bucket, "incoming/trays/longer.zip", { Body: Buffer.alloc(7) });
    expect(await uploadTerms(client, bucket)(longer)).toMatchObject({ bytes: 7 });
  });

  it("keeps why a training is wanted all the same, in whatever letters", async () => {
    const { client, bucket, sending } = await setting(0.1);
    const override = 'unsere Tabletts – 100 % andere, "größer"';
    await sendZip({ ...sending(), terms: { mode: "merge", retrain: "now", override } }, client);
    const upload = await pinUpload(client, bucket)(key);
    expect(await uploadTerms(client, bucket)(upload)).toMatchObject({ override });
    await expect(pinUpload(client, bucket)("exports/trays/none.zip")).rejects.toMatchObject({ name: "ExportMissing" });
  });

  it.each([
    ["as it was sent", encodeURIComponent("Änn, 100 %"), "Änn, 100 %"],
    ["as somebody wrote it by hand", "100% ann", "100% ann"],
  ])("names whose labels it holds, %s", async (_, written, annotator) => {
    const { client, bucket } = await setting(0.1);
    const upload = await put(client, bucket, key, { Metadata: { "bobbin-annotator": written } });
    expect(await uploadTerms(client, bucket)(upload)).toEqual({ mode: "merge", retrain: "now", annotator, bytes: 0 });
  });

  it.each([
    ["bobbin-annotator", "", /characters/],
    ["bobbin-override", "", /characters/],
    ["bobbin-mode", "repalce", /merge.*replace/],
    ["bobbin-retrain", "never", /now.*later/],
  ])("is refused where %s is %s", async (field, found, wanted) => {
    const { client, bucket } = await setting(0.1);
    const upload = await put(client, bucket, key, { Metadata: { [field]: found } });
    await expect(uploadTerms(client, bucket)(upload)).rejects.toMatchObject({
      name: "UploadTermsInvalid",
      data: { key, field, found: JSON.stringify(found), wanted: expect.stringMatching(wanted) },
    });
  });

  it("stands in the commit of a folder; all its files are marked when they are taken in, and no others", async () => {
    const { client, bucket } = await setting(0.1);
    const files = ["incoming/trays/may/images/a.jpg", "incoming/trays/may/labels/a.txt"];
    const others = ["incoming/trays/mayor/a.jpg", key];
    for (const name of [...files, ...others]) await put(client, bucket, name, {});
    const listed = files.map((name, index) => ({
      name: `x/${index}`,
      bytes: 100 + name.length,
      sha256: "a".repeat(64),
    }));
    const Body = Buffer.from(
      JSON.stringify({
        schema: "bobbin/upload-commit/1",
        mode: "replace",
        annotator: "bo",
        override: "why",
        files: listed,
      }),
    );
    const commit = await put(client, bucket, "incoming/trays/may/_COMMIT.json", { Body });
    expect(await uploadTerms(client, bucket)(commit)).toEqual({
      ...{ mode: "replace", retrain: "now", annotator: "bo", override: "why" },
      bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    await markTaken(client, bucket)(commit);
    const tagsOf = async (Key: string) =>
      (await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }))).TagSet ?? [];
    for (const name of [...files, commit.location]) {
      expect(await tagsOf(name)).toEqual([{ Key: "bobbin-expires", Value: "ingested" }]);
    }
    for (const name of others) expect(await tagsOf(name)).toEqual([]);
  });
});
