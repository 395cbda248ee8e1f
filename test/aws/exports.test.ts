// Uploads in the emulated S3 as exports: what is read equals what the laptop reads from the same files, and only the pinned version.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "@jest/globals";
import { s3Exports } from "../../lib/aws/exports/s3-exports.ts";
import type { UploadCommit } from "../../lib/contracts/dataset.ts";
import type { ExportSource } from "../../lib/core/ports.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { countCalls, describeAws, freshBucket, s3 } from "../support/aws.ts";
import { freshFolder } from "../support/folder.ts";
import { writeFiles } from "../support/write-files.ts";
import { zipOf } from "../support/zip.ts";

const sample = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
const zipKey = "incoming/trays/may.zip";
const commitKey = "incoming/trays/may/_COMMIT.json";
const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function put(client: S3Client, Bucket: string, Key: string, body: Uint8Array | string): Promise<string> {
  return (await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(body) }))).VersionId ?? "";
}

async function contentOf(source: ExportSource): Promise<unknown> {
  const files: [string, number, string][] = [];
  for (const entry of source.entries()) files.push([entry.name, entry.bytes, digestOf(await entry.read())]);
  return { name: source.name, kind: source.kind, files, sha256: await source.sha256() };
}

const files: Readonly<Record<string, string>> = {
  "data.yaml": "names: [tray]\n",
  "images/é/1.jpg": "one",
  "images/a/2.jpg": "two",
  "labels/a/2.txt": "",
};
const commitOf = (listed = files): string => {
  const entry = ([name, text]: [string, string]) => ({
    name,
    bytes: Buffer.byteLength(text),
    sha256: digestOf(Buffer.from(text)),
  });
  const commit: UploadCommit = {
    schema: "bobbin/upload-commit/1",
    mode: "merge",
    retrain: "now",
    files: Object.entries(listed).map(entry),
  };
  return JSON.stringify(commit);
};

async function uploadFolder(changes: Readonly<Record<string, string>> = {}, commit = commitOf()) {
  const client = s3();
  const bucket = await freshBucket(client);
  for (const [name, text] of Object.entries({ ...files, ...changes })) {
    await put(client, bucket, `incoming/trays/may/${name}`, text);
  }
  const versionId = await put(client, bucket, commitKey, commit);
  const open = () => s3Exports(client, bucket).open({ location: commitKey, versionId, sha256: null });
  return { client, bucket, open };
}

describeAws("a zip in the emulated S3", () => {
  it("is read as the laptop reads it, in far fewer requests than it has files", async () => {
    const client = s3();
    const bucket = await freshBucket(client);
    const versionId = await put(client, bucket, "incoming/thaal/thaal-cvat.zip", readFileSync(sample));
    const location = "incoming/thaal/thaal-cvat.zip";
    const calls = countCalls(client);
    const there = await s3Exports(client, bucket).open({ location, versionId, sha256: null });
    for (const entry of there.entries()) await entry.read();
    expect(there.entries().length).toBeGreaterThan(50);
    expect(calls.of("GetObjectCommand")).toBeLessThan(12);
    expect(await contentOf(there)).toEqual(await contentOf(await openExport(sample)));
  });

  it("stays the version of the event, whatever is put there later", async () => {
    const client = s3();
    const bucket = await freshBucket(client);
    const zip = await zipOf([{ name: "a.txt", bytes: Buffer.from("first") }]);
    const versionId = await put(client, bucket, zipKey, zip);
    const exports = s3Exports(client, bucket);
    const source = await exports.open({ location: zipKey, versionId, sha256: null });
    await put(client, bucket, zipKey, await zipOf([{ name: "b.txt", bytes: Buffer.from("second") }]));
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: zipKey }));
    expect(Buffer.from((await source.entries()[0]?.read()) ?? []).toString()).toBe("first");
    const again = await exports.open({ location: zipKey, versionId, sha256: null });
    expect(again.entries().map(({ name }) => name)).toEqual(["a.txt"]);
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: zipKey, VersionId: versionId }));
    await expect(exports.open({ location: zipKey, versionId, sha256: null })).rejects.toMatchObject({
      name: "ExportMissing",
      data: { path: zipKey },
    });
  });

  it("that is none is refused by name; one without a version is not opened at all", async () => {
    const client = s3();
    const bucket = await freshBucket(client);
    const versionId = await put(client, bucket, zipKey, "no zip");
    const exports = s3Exports(client, bucket);
    await expect(exports.open({ location: zipKey, versionId, sha256: null })).rejects.toMatchObject({
      name: "ArchiveInvalid",
      data: { file: "may.zip" },
    });
    expect(() => exports.open({ location: zipKey, versionId: null, sha256: null })).toThrow(RangeError);
    expect(() => exports.open({ location: "runs/x.zip", versionId, sha256: null })).toThrow(RangeError);
  });
});

describeAws("a folder in the emulated S3", () => {
  it("is read as the laptop reads it", async () => {
    const folder = join(freshFolder(), "may");
    writeFiles(folder, { ...files, "_COMMIT.json": commitOf() });
    const { client, bucket, open } = await uploadFolder();
    await put(client, bucket, "incoming/trays/may/images/", "");
    await put(client, bucket, "incoming/trays/may2/x.jpg", "of another upload");
    expect(await contentOf(await open())).toEqual(await contentOf(await openExport(folder)));
  });

  it.each([
    ["a file too many", { "images/b/3.jpg": "three" }, commitOf(), "images/b/3.jpg"],
    ["a file of another size", { "images/a/2.jpg": "too" + "long" }, commitOf(), "images/a/2.jpg"],
    ["a file too few", {}, commitOf({ ...files, "images/b/4.jpg": "four" }), "images/b/4.jpg"],
    ["a commit that is none", {}, "{}", "_COMMIT.json"],
  ])("with %s is refused when it is opened", async (_, changes, commit, file) => {
    const { open } = await uploadFolder(changes, commit);
    await expect(open()).rejects.toMatchObject({ name: "UploadIncomplete", data: { path: "may", file } });
  });

  it.each(["put", "grown"])(
    "whose file was replaced (%s) after the commit is refused when that is read",
    async (how) => {
      const { client, bucket, open } = await uploadFolder();
      const source = how === "grown" ? await open() : null;
      await put(client, bucket, "incoming/trays/may/images/a/2.jpg", how === "grown" ? "TWO and more" : "TWO");
      const entry = (source ?? (await open())).entries().find(({ name }) => name.endsWith("2.jpg"));
      await expect(entry?.read()).rejects.toMatchObject({ name: "UploadIncomplete", data: { file: "images/a/2.jpg" } });
    },
  );

  it("is what the commit of the event says, though another one lies there now", async () => {
    const { client, bucket, open } = await uploadFolder();
    await put(client, bucket, commitKey, commitOf({}));
    expect((await open()).entries().map(({ name }) => name)).toEqual(Object.keys(files).sort());
  });
});
