// verifyRelease on a real release: it holds as published, and no single change of it does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { registryKeys } from "../../../../lib/contracts/layout.ts";
import type { Signer } from "../../../../lib/core/ports.ts";
import { envelopeText, sealEnvelope } from "../../../../lib/core/registry/dsse.ts";
import { type ReleaseReader, type Verification, verifyRelease } from "../../../../lib/core/registry/verify.ts";
import { publish } from "../../../../lib/core/steps/publish.ts";
import { createKey, openLocalSigner } from "../../../../lib/local/signer/local-signer.ts";
import { pages, pictures } from "../../../../lib/report/pages.ts";
import { finishedRun } from "../../../support/finished-run.ts";
import { MemoryStore } from "../../../support/memory-store.ts";

type Files = ReadonlyMap<string, Buffer>;

let folder = "";
let files: Files;
let key = "";
let other: Signer;
let signer: Signer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-verify-"));
  await createKey(join(folder, "key.pem"));
  await createKey(join(folder, "other.pem"));
  signer = await openLocalSigner(join(folder, "key.pem"));
  other = await openLocalSigner(join(folder, "other.pem"));
  key = await signer.publicKey();
  const stores = { data: new MemoryStore(), registry: new MemoryStore() };
  const run = await finishedRun(stores);
  await publish(run.input, { stores, signer, pages, pictures });
  const prefix = registryKeys.release(run.model, run.version);
  const found = new Map<string, Buffer>();
  for await (const { key: at } of stores.registry.list(prefix)) {
    found.set(at.slice(prefix.length), Buffer.from((await stores.registry.get(at)).bytes));
  }
  files = found;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As a folder is read: in pieces, in any order. */
const reader = (of: Files): ReleaseReader => ({
  list: async () => [...of.keys()].reverse(),
  async *read(name) {
    const bytes = of.get(name);
    if (bytes === undefined) throw new Error(`no ${name}`);
    for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
  },
});
const check = (of: Files, publicKey = key, pinned?: string): Promise<Verification> =>
  verifyRelease(reader(of), publicKey, pinned);
const without = (name: string) => new Map([...files].filter(([each]) => each !== name));
const withFile = (name: string, bytes: Buffer) => new Map([...files, [name, bytes]]);
const anyFile = fc.nat().map((number) => [...files.keys()][number % files.size] ?? "");
const text = (name: string) => files.get(name)?.toString("utf8") ?? "";

describe("verifyRelease", () => {
  it("accepts a release as it was published, and says which and by whom", async () => {
    const fingerprint = await signer.fingerprint();
    const result = await check(files, key, fingerprint);
    expect(result).toMatchObject({ ok: true, release: { version: "v0.10" }, fingerprint });
  });

  it("refuses any one byte changed in any file", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, where, flip) => {
        const bytes = Buffer.from(files.get(name) ?? "");
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const result = await check(withFile(name, bytes));
        expect({ name, at, flip, ok: result.ok }).toEqual({ name, at, flip, ok: false });
      }),
      { numRuns: 150 },
    );
  });

  it("refuses every byte of the signature file changed, one after the other", async () => {
    const original = files.get("release.sig.json") ?? Buffer.of();
    for (let at = 0; at < original.length; at += 1) {
      const bytes = Buffer.from(original);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + (at % 7));
      expect({ at, ok: (await check(withFile("release.sig.json", bytes))).ok }).toEqual({ at, ok: false });
    }
  });

  it("refuses a file that is shorter or longer", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), async (name, cut, tail) => {
        const bytes = files.get(name) ?? Buffer.of();
        const shorter = bytes.subarray(0, cut % bytes.length);
        expect((await check(withFile(name, shorter))).ok).toBe(false);
        expect((await check(withFile(name, Buffer.concat([bytes, tail])))).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("names the file that is missing, extra, or renamed", async () => {
    for (const name of files.keys()) {
      expect(await check(without(name))).toEqual({
        ok: false,
        difference: expect.objectContaining({ what: name, found: "missing" }),
      });
      const renamed = new Map([...without(name), [`${name}.bak`, files.get(name) ?? Buffer.of()]]);
      expect((await check(renamed)).ok).toBe(false);
    }
    const engine = await check(withFile("yolov8n.engine", Buffer.from("x")));
    expect(engine).toEqual({
      ok: false,
      difference: { what: "yolov8n.engine", found: "an extra file", wanted: "only signed files" },
    });
  });

  it("refuses two files that changed places", async () => {
    const [a, b] = ["train_run_v0.10/args.yaml", "train_run_v0.10/results.csv"];
    const swapped = new Map([...files, [a, files.get(b) ?? Buffer.of()], [b, files.get(a) ?? Buffer.of()]] as [
      string,
      Buffer,
    ][]);
    expect(await check(swapped)).toMatchObject({ ok: false, difference: { what: `the SHA-256 of ${a}` } });
  });

  it("refuses the signature of another key, whoever's name it carries", async () => {
    const payload = Buffer.from(JSON.parse(text("release.sig.json")).payload, "base64");
    const sealed = await sealEnvelope(payload, other);
    const foreign = withFile("release.sig.json", Buffer.from(envelopeText(sealed)));
    expect(await check(foreign)).toMatchObject({ ok: false, difference: { what: "the signing key's fingerprint" } });
    const keyid = await signer.fingerprint();
    const named = { ...sealed, signatures: sealed.signatures.map(({ sig }) => ({ keyid, sig })) };
    const forged = withFile("release.sig.json", Buffer.from(envelopeText(named)));
    expect(await check(forged)).toMatchObject({ ok: false, difference: { what: "the signature in release.sig.json" } });
    expect(await check(files, await other.publicKey())).toMatchObject({ ok: false });
  });

  it("refuses a statement altered under its old signature", async () => {
    const sealed = JSON.parse(text("release.sig.json"));
    const statement = Buffer.from(sealed.payload, "base64").toString("utf8");
    const payload = Buffer.from(statement.replace('"decision":"promote"', '"decision":"hold"')).toString("base64");
    expect(payload).not.toBe(sealed.payload);
    const altered = withFile("release.sig.json", Buffer.from(envelopeText({ ...sealed, payload })));
    expect(await check(altered)).toMatchObject({
      ok: false,
      difference: { what: "the signature in release.sig.json" },
    });
  });

  it("refuses a true signature over another release.json", async () => {
    const sealed = JSON.parse(text("release.sig.json"));
    const statement = Buffer.from(sealed.payload, "base64").toString("utf8");
    const otherDigest = statement.replace(
      /"digest":\{"sha256":"[0-9a-f]{64}"\}/,
      `"digest":{"sha256":"${"0".repeat(64)}"}`,
    );
    const signed = await sealEnvelope(Buffer.from(otherDigest), signer);
    const altered = withFile("release.sig.json", Buffer.from(envelopeText(signed)));
    expect(await check(altered)).toMatchObject({
      ok: false,
      difference: { what: "the SHA-256 of release.json", wanted: "0".repeat(64) },
    });
  });

  it("refuses a key that the project does not pin", async () => {
    const pinned = await other.fingerprint();
    expect(await check(files, key, pinned)).toMatchObject({
      ok: false,
      difference: { what: "the public key's fingerprint", wanted: pinned },
    });
  });

  it("refuses what is no public key before it reads anything", async () => {
    await expect(check(files, "not a key")).rejects.toMatchObject({ name: "KeyUnreadable" });
    const { readFileSync } = await import("node:fs");
    const secret = readFileSync(join(folder, "key.pem"), "utf8");
    await expect(check(files, secret)).rejects.toMatchObject({ name: "KeyUnreadable" });
  });
});
