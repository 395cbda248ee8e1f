// The signing key of a project on this machine: made once, mode 600, its public half beside it as `.pub`.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { Signer } from "../../core/ports.ts";
import { fingerprintOf, pinnedFingerprint } from "../../core/registry/dsse.ts";

export interface CreatedKey {
  readonly fingerprint: string;
  readonly publicKeyPath: string;
}

const isCode = (error: unknown, code: string) =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;

/** Makes a P-256 key pair: PKCS#8 PEM at `path` (mode 600), SPKI PEM at `<path>.pub`. @throws KeyExists */
export async function createKey(path: string): Promise<CreatedKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const publicKeyPath = `${path}.pub`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, privateKey, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if (isCode(cause, "EEXIST")) throw new BobbinError("KeyExists", { path }, { cause });
    throw cause;
  }
  await writeFile(publicKeyPath, publicKey, { mode: 0o644 });
  return { fingerprint: fingerprintOf(publicKey), publicKeyPath };
}

/**
 * Opens a key made by `createKey`.
 * @param pinned fingerprint that the config names; another key is refused
 * @throws KeyMissing, KeyUnreadable, KeyNotPinned
 */
export async function openLocalSigner(path: string, pinned?: string): Promise<Signer> {
  const privateKey = await readPrivateKey(path);
  const publicPem = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
  const fingerprint = pinnedFingerprint(publicPem, pinned);
  return {
    fingerprint: async () => fingerprint,
    publicKey: async () => publicPem,
    sign: async (bytes) => sign("sha256", bytes, { key: privateKey, dsaEncoding: "der" }),
  };
}

async function readPrivateKey(path: string): Promise<KeyObject> {
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (cause) {
    if (isCode(cause, "ENOENT")) throw new BobbinError("KeyMissing", { path }, { cause });
    throw cause;
  }
  const wanted = "an ECDSA P-256 private key in PEM (PKCS#8)";
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new BobbinError("KeyUnreadable", { path, found: "something else", wanted }, { cause });
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== "prime256v1") {
    throw new BobbinError("KeyUnreadable", { path, found: `${key.asymmetricKeyType} ${curve ?? ""}`.trim(), wanted });
  }
  return key;
}
