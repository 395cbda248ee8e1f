// What every ObjectStore promises. Run on each implementation by object-store.test.ts.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ObjectStore } from "../../lib/core/ports.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array) => new TextDecoder().decode(body);

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

async function* chunks(...parts: string[]) {
  for (const part of parts) yield bytes(part);
}

/** @param open gives a store with nothing in it */
export function objectStoreSuite(name: string, open: () => ObjectStore | Promise<ObjectStore>): void {
  describe(`${name} as an ObjectStore`, () => {
    it("gives back what was created, with a head that agrees", async () => {
      const store = await open();
      const etag = await store.create("a/b.json", bytes("hello"));
      expect(text((await store.get("a/b.json")).bytes)).toBe("hello");
      expect((await store.get("a/b.json")).etag).toBe(etag);
      expect(await store.head("a/b.json")).toEqual({ bytes: 5, etag });
    });

    it("takes a body that comes in pieces", async () => {
      const store = await open();
      await store.create("runs/x", chunks("one ", "two ", "three"));
      expect(text((await store.get("runs/x")).bytes)).toBe("one two three");
    });

    it("keeps nothing of a body that breaks off", async () => {
      const store = await open();
      async function* broken() {
        yield bytes("half");
        throw new Error("the source broke");
      }
      await expect(store.create("runs/x", broken())).rejects.toThrow("the source broke");
      expect(await store.head("runs/x")).toBeNull();
      expect(await keysOf(store, "")).toEqual([]);
    });

    it("never overwrites by create", async () => {
      const store = await open();
      await store.create("k", bytes("first"));
      await expect(store.create("k", bytes("second"))).rejects.toMatchObject({
        name: "ObjectExists",
        data: { key: "k" },
      });
      expect(text((await store.get("k")).bytes)).toBe("first");
    });

    it("replaces only what has not changed since", async () => {
      const store = await open();
      const first = await store.create("k", bytes("1"));
      const second = await store.replace("k", bytes("2"), first);
      expect(second).not.toBe(first);
      await expect(store.replace("k", bytes("lost"), first)).rejects.toMatchObject({ name: "ObjectChanged" });
      const third = await store.replace("k", bytes("3"), second);
      expect(await store.get("k")).toMatchObject({ etag: third });
      expect(text((await store.get("k")).bytes)).toBe("3");
      expect((await store.head("k"))?.bytes).toBe(1);
    });

    it("refuses an etag that it never gave", async () => {
      const store = await open();
      await store.create("k", bytes("1"));
      for (const etag of ["", "v0", "v2", "nonsense"]) {
        await expect(store.replace("k", bytes("2"), etag)).rejects.toMatchObject({ name: "ObjectChanged" });
      }
    });

    it("says what is missing", async () => {
      const store = await open();
      expect(await store.head("nowhere")).toBeNull();
      await expect(store.get("nowhere")).rejects.toMatchObject({ name: "ObjectMissing", data: { key: "nowhere" } });
      await expect(store.replace("nowhere", bytes("x"), "v1")).rejects.toMatchObject({ name: "ObjectMissing" });
      await expect(readAll(store.stream("nowhere"))).rejects.toMatchObject({ name: "ObjectMissing" });
    });

    it("does not create again what was replaced", async () => {
      const store = await open();
      await store.replace("k", bytes("2"), await store.create("k", bytes("1")));
      await expect(store.create("k", bytes("3"))).rejects.toMatchObject({ name: "ObjectExists" });
      expect(text((await store.get("k")).bytes)).toBe("2");
    });

    it("streams any range as slice does", async () => {
      const store = await open();
      const body = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
      await store.create("k", body);
      await fc.assert(
        fc.asyncProperty(fc.nat(1200), fc.nat(1200), async (start, end) => {
          expect(await readAll(store.stream("k", start, end))).toEqual(body.subarray(start, Math.max(start, end)));
        }),
        { numRuns: 50 },
      );
      expect(await readAll(store.stream("k"))).toEqual(body);
      expect(await readAll(store.stream("k", 990))).toEqual(body.subarray(990));
    });

    it("lists by prefix in the order of code points, and nothing of its own", async () => {
      const store = await open();
      // "-" and "." sort before "/", digits after it; U+FF5E before U+1F600 although its UTF-16 unit is higher.
      const keys = ["a/b", "a-b/c", "a.b", "a0", "a/\u{FF5E}", "a/\u{1F600}", "a/b.d/e", "b/a", "ab/c", "a/b-/f"];
      const etags = new Map<string, string>();
      for (const key of keys) etags.set(key, await store.create(key, bytes(key)));
      await store.replace("a/b", bytes("changed!"), etags.get("a/b") ?? "");
      const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
      expect(await keysOf(store, "")).toEqual(sorted);
      for (const prefix of ["a", "a/", "a/b", "a/b.", "ab", "b/a", "c", "a/b/"]) {
        expect(await keysOf(store, prefix)).toEqual(sorted.filter((key) => key.startsWith(prefix)));
      }
      for await (const { key, bytes: size } of store.list("a/")) {
        expect(size).toBe((await store.get(key)).bytes.byteLength);
      }
    });

    it.each([
      ["", "an empty part"],
      ["/a", "an empty part"],
      ["a//b", "an empty part"],
      ["a/", "an empty part"],
      ["../a", "dot"],
      ["a/../b", "dot"],
      ["./a", "dot"],
      ["a/.hidden", "dot"],
      ["a\\b", "character"],
      ["a:b", "character"],
      ["a\u0000b", "character"],
      ["a\nb", "character"],
      ["nul", "Windows"],
      ["a/CON.txt", "Windows"],
      ["a/com1", "Windows"],
      ["a/aux.tar.gz", "Windows"],
      ["lpt9/frame-1", "Windows"],
      ["frames/ab./c", "dot or a space"],
      ["a/b.", "dot or a space"],
      ["a/b ", "dot or a space"],
      ["e\u0301", "NFC"],
      ["a\ud800", "surrogate"],
      [`a/${"x".repeat(201)}`, "bytes"],
      [Array.from({ length: 10 }, () => "x".repeat(150)).join("/"), "bytes"],
    ])("refuses the key %j", async (key, problem) => {
      const store = await open();
      const refusal = { name: "KeyInvalid", data: { key, problem: expect.stringContaining(problem) } };
      await expect(store.create(key, bytes("x"))).rejects.toMatchObject(refusal);
      await expect(store.get(key)).rejects.toMatchObject(refusal);
      await expect(store.head(key)).rejects.toMatchObject(refusal);
      await expect(store.replace(key, bytes("x"), "v1")).rejects.toMatchObject(refusal);
    });

    it("lets one of many writers win, and says so to each", async () => {
      const store = await open();
      const writers = Array.from({ length: 16 }, (_, index) => store.create("k", bytes(`writer ${index}`)));
      const answers = await Promise.allSettled(writers);
      const winners = answers.flatMap((answer, index) => (answer.status === "fulfilled" ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(text((await store.get("k")).bytes)).toBe(`writer ${winners[0]}`);
      for (const answer of answers) {
        if (answer.status === "rejected") expect(answer.reason).toMatchObject({ name: "ObjectExists" });
      }
    });

    it("behaves as a map with versions, whatever is asked of it", async () => {
      const key = fc.constantFrom("a", "b/c", "b/d");
      const commands = fc.array(
        fc.oneof(
          fc.record({ key, body: fc.string() }).map((given) => new Create(given.key, given.body)),
          fc.record({ key, body: fc.string(), age: fc.nat(1) }).map((given) => new Replace(given)),
          key.map((given) => new Get(given)),
        ),
        { maxLength: 25 },
      );
      await fc.assert(
        fc.asyncProperty(commands, async (asked) => {
          const store = await open();
          const model: Model = new Map();
          for (const one of asked) await one.run(store, model);
          expect(await keysOf(store, "")).toEqual([...model.keys()].sort());
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** What a key should hold: its body, every etag it ever had in turn, and which body each of them means. */
type Model = Map<string, Held>;
interface Held {
  readonly body: string;
  readonly etags: readonly string[];
  readonly bodies: ReadonlyMap<string, string>;
}
const answerOf = (work: Promise<string>) => work.catch((error: Error) => error.name);

class Create {
  readonly key: string;
  readonly body: string;

  constructor(key: string, body: string) {
    this.key = key;
    this.body = body;
  }

  async run(store: ObjectStore, model: Model): Promise<void> {
    const answer = await answerOf(store.create(this.key, bytes(this.body)));
    if (model.has(this.key)) expect(answer).toBe("ObjectExists");
    else model.set(this.key, { body: this.body, etags: [answer], bodies: new Map([[answer, this.body]]) });
  }
}

class Replace {
  readonly given: { readonly key: string; readonly body: string; readonly age: number };

  constructor(given: Replace["given"]) {
    this.given = given;
  }

  async run(store: ObjectStore, model: Model): Promise<void> {
    const { key, body, age } = this.given;
    const there = model.get(key);
    const etag = there?.etags.at(-1 - age) ?? "v9";
    const answer = await answerOf(store.replace(key, bytes(body), etag));
    if (there === undefined) return expect(answer).toBe("ObjectMissing");
    if (etag !== there.etags.at(-1)) return expect(answer).toBe("ObjectChanged");
    expect(there.bodies.get(answer) ?? body).toBe(body);
    model.set(key, { body, etags: [...there.etags, answer], bodies: new Map([...there.bodies, [answer, body]]) });
  }
}

class Get {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  async run(store: ObjectStore, model: Model): Promise<void> {
    const there = model.get(this.key);
    if (there === undefined) return expect(await store.head(this.key)).toBeNull();
    const found = await store.get(this.key);
    expect({ body: text(found.bytes), etag: found.etag }).toEqual({ body: there.body, etag: there.etags.at(-1) });
  }
}
