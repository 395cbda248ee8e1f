// A key in a folder: the suite of every Signer, and what a file can be wrong in.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createKey, openLocalSigner } from "../../lib/local/signer/local-signer.ts";
import { signerSuite } from "./signer.ts";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-signer-"));
  path = join(folder, "keys", "project.pem");
  await createKey(path);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

signerSuite("a local key", () => openLocalSigner(path));

describe("a local key", () => {
  it("is for its owner alone, and its public half lies beside it", async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(readFileSync(`${path}.pub`, "utf8")).toBe(await (await openLocalSigner(path)).publicKey());
  });

  it("is never overwritten", async () => {
    const before = readFileSync(path, "utf8");
    await expect(createKey(path)).rejects.toMatchObject({ name: "KeyExists", data: { path } });
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("is refused where the config pins another", async () => {
    const pinned = `SHA256:${"0".repeat(64)}`;
    await expect(openLocalSigner(path, pinned)).rejects.toMatchObject({
      name: "KeyNotPinned",
      data: { wanted: pinned },
    });
  });

  it("that is absent or of another kind is named", async () => {
    const absent = join(folder, "absent.pem");
    await expect(openLocalSigner(absent)).rejects.toMatchObject({ name: "KeyMissing", data: { path: absent } });
    const broken = join(folder, "broken.pem");
    writeFileSync(broken, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    await expect(openLocalSigner(broken)).rejects.toMatchObject({ name: "KeyUnreadable" });
    const curve = join(folder, "p384.pem");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    writeFileSync(curve, privateKey.export({ type: "pkcs8", format: "pem" }));
    await expect(openLocalSigner(curve)).rejects.toMatchObject({
      name: "KeyUnreadable",
      data: { found: "ec secp384r1" },
    });
  });
});
