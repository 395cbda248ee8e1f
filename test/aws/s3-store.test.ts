// S3 as an ObjectStore: the suite of every store on the emulated S3, then what only S3 does: lost answers, 409, parts, many writers.
import { ListMultipartUploadsCommand, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { beforeAll, expect, it } from "@jest/globals";
import * as z from "zod";
import { bucketRegions } from "../../lib/aws/store/bucket-region.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { change, readDocument } from "../../lib/core/registry/cas.ts";
import { objectStoreSuite } from "../ports/object-store.ts";
import { breakBodies, describeAws, freshBucket, s3, trouble } from "../support/aws.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array) => new TextDecoder().decode(body);

/** The smallest that S3 takes. */
const part = 5 * 1024 * 1024;

async function open(client: S3Client = s3()) {
  const bucket = await freshBucket(client);
  return { client, bucket, store: s3Store(client, bucket, part) };
}

describeAws("on the emulated S3", () => {
  let client = s3();
  beforeAll(() => {
    client = s3();
  });
  objectStoreSuite("S3", async () => s3Store(client, await freshBucket(client)));
});

describeAws("an S3 in trouble", () => {
  it("that sends callers away or is slow is asked again by the SDK", async () => {
    const { client, store } = await open();
    const left = [
      trouble(client, "PutObjectCommand", 503),
      trouble(client, "GetObjectCommand", 503),
      trouble(client, "HeadObjectCommand", "slow"),
      trouble(client, "ListObjectsV2Command", "lost"),
    ];
    await store.create("k", bytes("1"));
    expect(text((await store.get("k")).bytes)).toBe("1");
    expect((await store.head("k"))?.bytes).toBe(1);
    for await (const { key } of store.list("")) expect(key).toBe("k");
    expect(left.map((each) => each.left())).toEqual([0, 0, 0, 0]);
  });

  it("whose line breaks in the middle of a body goes on where it broke", async () => {
    const { client, store } = await open();
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    await store.create("k", body);
    breakBodies(client, 3);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.stream("k", 10, 299_990)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(body.subarray(10, 299_990))).toBe(true);
  });

  it("that gives another object after the break is not believed", async () => {
    const { client, store } = await open();
    const etag = await store.create("k", Buffer.alloc(300_000));
    breakBodies(client, 1);
    const reading = store.stream("k")[Symbol.asyncIterator]();
    await reading.next();
    await store.replace("k", Buffer.alloc(300_000, 1), etag);
    const rest = async () => {
      while ((await reading.next()).done !== true);
    };
    await expect(rest()).rejects.toMatchObject({ name: "ObjectChanged", data: { key: "k" } });
  });
});

const counter = z.strictObject({ n: z.int(), nonce: z.string() });
const add = (store: ReturnType<typeof s3Store>, nonce: string) =>
  change({ store, key: "counter.json", schema: counter, nonce, decide: (at) => ({ n: (at?.n ?? 0) + 1, nonce }) });

describeAws("a write whose answer is lost", () => {
  it("is repeated by the SDK, and then finds its own work: create says that it exists", async () => {
    const { client, store } = await open();
    trouble(client, "PutObjectCommand", "lost");
    await expect(store.create("k", bytes("mine"))).rejects.toMatchObject({ name: "ObjectExists" });
    expect(text((await store.get("k")).bytes)).toBe("mine");
  });

  it.each([1, 2])("is made once by the document's nonce, lost %d times", async (times) => {
    const { client, store } = await open();
    await add(store, "first");
    const { left } = trouble(client, "PutObjectCommand", "lost", times);
    expect(await add(store, "second")).toEqual({ n: 2, nonce: "second" });
    expect(left()).toBe(0);
    expect((await readDocument(store, "counter.json", counter)).value.n).toBe(2);
  });
});

describeAws("a race that S3 answers with 409", () => {
  it("is run again until it is decided", async () => {
    const { client, store } = await open();
    const { left } = trouble(client, "PutObjectCommand", 409, 3);
    const etag = await store.create("k", bytes("1"));
    expect([left(), text((await store.get("k")).bytes)]).toEqual([0, "1"]);
    trouble(client, "PutObjectCommand", 409, 2);
    await store.replace("k", bytes("2"), etag);
    expect(text((await store.get("k")).bytes)).toBe("2");
  });

  it("that never ends has a name, and nothing was written", async () => {
    const { client, store } = await open();
    trouble(client, "PutObjectCommand", 409, 99);
    await expect(store.create("k", bytes("1"))).rejects.toMatchObject({
      name: "StoreBusy",
      data: { key: "k", tries: 6 },
    });
    expect(await store.head("k")).toBeNull();
  });
});

describeAws("a body longer than a part", () => {
  async function* long(size: number, piece = 1_000_003, broken = false) {
    for (let at = 0; at < size; at += piece) {
      const chunk = Buffer.alloc(Math.min(piece, size - at));
      for (let i = 0; i < chunk.length; i += 4096) chunk[i] = (at + i) % 251;
      yield chunk;
      if (broken && at > part + piece) throw new Error("the source broke");
    }
  }
  async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it.each([part, 2 * part + 12_345])("of %d bytes comes back as it was", async (size) => {
    const { store } = await open();
    await store.create("long", long(size));
    const whole = await gather(long(size));
    expect((await store.head("long"))?.bytes).toBe(size);
    expect((await gather(store.stream("long"))).equals(whole)).toBe(true);
    expect((await gather(store.stream("long", part - 5, part + 1))).equals(whole.subarray(part - 5, part + 1))).toBe(
      true,
    );
  });

  it("is created once, also in parts", async () => {
    const { store } = await open();
    await store.create("long", bytes("short"));
    await expect(store.create("long", long(part + 1))).rejects.toMatchObject({ name: "ObjectExists" });
    expect(text((await store.get("long")).bytes)).toBe("short");
  });

  it("whose last answer is lost is there all the same", async () => {
    const { client, store } = await open();
    const { left } = trouble(client, "CompleteMultipartUploadCommand", "lost");
    // S3 may say again that it is done, or that the key exists.
    await store.create("long", long(part + 1)).catch((error: Error) => expect(error.name).toBe("ObjectExists"));
    expect([left(), (await store.head("long"))?.bytes]).toEqual([0, part + 1]);
  });

  it.each([
    [409, true, "ObjectExists"],
    [409, false, "StoreBusy"],
    [404, true, "ObjectExists"],
    [404, false, "NoSuchUpload"],
  ] as const)("whose last call is answered %d ends with a name (someone wrote: %j)", async (status, wrote, name) => {
    const { client, store } = await open();
    if (wrote) await store.create("long", bytes("short"));
    trouble(client, "CompleteMultipartUploadCommand", status);
    await expect(store.create("long", long(part + 1))).rejects.toMatchObject({ name });
    expect((await store.head("long"))?.bytes).toBe(wrote ? 5 : undefined);
  });

  it("that breaks off leaves nothing behind", async () => {
    const { client, bucket, store } = await open();
    await expect(store.create("long", long(3 * part, undefined, true))).rejects.toThrow("the source broke");
    expect(await store.head("long")).toBeNull();
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
  });
});

describeAws("32 writers on one key", () => {
  const writers = Array.from({ length: 32 }, (_, index) => index);

  it("one wins for each etag, round after round", async () => {
    const { store } = await open();
    const rounds = 5;
    let winner = await race(
      writers.map((one) => () => store.create("k", bytes(`created ${one}`))),
      "ObjectExists",
    );
    for (let round = 0; round < rounds; round += 1) {
      const etag = winner;
      winner = await race(
        writers.map((one) => () => store.replace("k", bytes(`${round} ${one}`), etag)),
        "ObjectChanged",
      );
      expect((await store.get("k")).etag).toBe(winner);
    }
  });

  it("add up, a dozen of them at once, none lost and none twice", async () => {
    const { store } = await open();
    await Promise.all(writers.slice(0, 12).map((one) => add(store, `writer ${one}`)));
    expect((await readDocument(store, "counter.json", counter)).value.n).toBe(12);
  });
});

/** The one winner's etag; all others were told `loss`. */
async function race(starts: readonly (() => Promise<string>)[], loss: string): Promise<string> {
  const answers = await Promise.allSettled(starts.map((start) => start()));
  const won = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  expect(won).toHaveLength(1);
  for (const answer of answers) if (answer.status === "rejected") expect(answer.reason).toMatchObject({ name: loss });
  return won[0] ?? "";
}

describeAws("where a bucket stands", () => {
  it("is told to a client of its own region, and to one of another that is sent away", async () => {
    const bucket = await freshBucket(s3());
    expect(await bucketRegions(s3(), { "data bucket": bucket })()).toEqual({ "data bucket": "us-east-1" });
    const stray = s3();
    stray.middlewareStack.add(
      () => async () => {
        const headers = { "x-amz-bucket-region": "eu-central-1" };
        const metadata = { $fault: "client", $metadata: { httpStatusCode: 301 } } as const;
        const error = new S3ServiceException({ name: "PermanentRedirect", message: "elsewhere", ...metadata });
        throw Object.assign(error, { $response: { statusCode: 301, headers } });
      },
      { step: "deserialize", name: "sent-away" },
    );
    expect(await bucketRegions(stray, { "data bucket": bucket })()).toEqual({ "data bucket": "eu-central-1" });
  });

  it("is no question where there is no bucket", async () => {
    await expect(bucketRegions(s3(), { "data bucket": "bobbin-no-such-bucket" })()).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });
});
