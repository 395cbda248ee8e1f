// Checks a release offline: signature, statement, release.json, and every file's digest. Nothing is trusted but the public key.
import { createHash } from "node:crypto";
import { type Envelope, envelope, type Release, release, statement } from "../../contracts/release.ts";
import { envelopeIsBy, envelopeText, fingerprintOf } from "./dsse.ts";

/** A release's files by their names relative to its folder, `/` between folders. */
export interface ReleaseReader {
  list(): Promise<readonly string[]>;
  read(name: string): AsyncIterable<Uint8Array>;
}

/** The first thing that is not as signed: what, the value found, the value wanted. */
export interface ReleaseDifference {
  readonly what: string;
  readonly found: string;
  readonly wanted: string;
}

export type Verification =
  | { readonly ok: true; readonly release: Release; readonly releaseSha256: string; readonly fingerprint: string }
  | { readonly ok: false; readonly difference: ReleaseDifference };

const releaseName = "release.json";
const signatureName = "release.sig.json";
/** Both documents are a few kilobytes; a larger one is not ours and is not read into memory. */
const largestDocument = 16 * 1024 * 1024;

/** Ends the check; caught by `verifyRelease` alone. */
class Different extends Error {
  readonly difference: ReleaseDifference;

  constructor(what: string, found: string, wanted: string) {
    super(what);
    this.difference = { what, found, wanted };
  }
}

/**
 * @param publicKeyPem the project's public key, from a place of its own: a key that travels with the release proves nothing
 * @param pinned fingerprint that the project's config pins, where it is known
 * @throws KeyUnreadable where the PEM is no P-256 public key
 */
export async function verifyRelease(
  reader: ReleaseReader,
  publicKeyPem: string,
  pinned?: string,
): Promise<Verification> {
  const fingerprint = fingerprintOf(publicKeyPem);
  try {
    if (pinned !== undefined && pinned !== fingerprint)
      throw new Different("the public key's fingerprint", fingerprint, pinned);
    const names = await reader.list();
    const seal = await readEnvelope(reader, names, publicKeyPem, fingerprint);
    const bytes = await readDocument(reader, names, releaseName);
    const releaseSha256 = createHash("sha256").update(bytes).digest("hex");
    checkStatement(seal, releaseSha256);
    const parsed = release.safeParse(parseJson(releaseName, bytes));
    if (!parsed.success) throw new Different(releaseName, firstIssue(parsed.error), "a document bobbin/release/1");
    checkNames(names, parsed.data);
    for (const file of parsed.data.files) await checkFile(reader, file);
    return { ok: true, release: parsed.data, releaseSha256, fingerprint };
  } catch (error) {
    if (error instanceof Different) return { ok: false, difference: error.difference };
    throw error;
  }
}

async function readEnvelope(
  reader: ReleaseReader,
  names: readonly string[],
  publicKeyPem: string,
  fingerprint: string,
): Promise<Envelope> {
  const bytes = await readDocument(reader, names, signatureName);
  const parsed = envelope.safeParse(parseJson(signatureName, bytes));
  if (!parsed.success)
    throw new Different(signatureName, firstIssue(parsed.error), "a DSSE envelope with one signature");
  const keyid = parsed.data.signatures[0]?.keyid ?? "";
  if (keyid !== fingerprint) throw new Different("the signing key's fingerprint", keyid, fingerprint);
  if (!envelopeIsBy(parsed.data, publicKeyPem))
    throw new Different(`the signature in ${signatureName}`, "not by this key over this statement", "valid");
  if (bytes.compare(Buffer.from(envelopeText(parsed.data))) !== 0)
    throw new Different(`the spelling of ${signatureName}`, "changed", "as Bobbin wrote it");
  return parsed.data;
}

function checkStatement(seal: Envelope, releaseSha256: string): void {
  const parsed = statement.safeParse(parseJson("the signed statement", Buffer.from(seal.payload, "base64")));
  if (!parsed.success)
    throw new Different(
      "the signed statement",
      firstIssue(parsed.error),
      "an in-toto statement with SLSA provenance v1",
    );
  const wanted = parsed.data.subject[0]?.digest.sha256 ?? "";
  if (wanted !== releaseSha256) throw new Different(`the SHA-256 of ${releaseName}`, releaseSha256, wanted);
}

function checkNames(names: readonly string[], of: Release): void {
  const wanted = new Set([...of.files.map(({ name }) => name), releaseName, signatureName]);
  const found = new Set(names);
  const missing = [...wanted].sort().find((name) => !found.has(name));
  if (missing !== undefined) throw new Different(missing, "missing", "one of the signed files");
  const extra = [...names].sort().find((name) => !wanted.has(name));
  if (extra !== undefined) throw new Different(extra, "an extra file", "only signed files");
}

async function checkFile(reader: ReleaseReader, file: { name: string; bytes: number; sha256: string }): Promise<void> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of reader.read(file.name)) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  const digest = hash.digest("hex");
  if (digest !== file.sha256) throw new Different(`the SHA-256 of ${file.name}`, digest, file.sha256);
  if (bytes !== file.bytes) throw new Different(`the size of ${file.name}`, `${bytes} bytes`, `${file.bytes} bytes`);
}

async function readDocument(reader: ReleaseReader, names: readonly string[], name: string): Promise<Buffer> {
  if (!names.includes(name)) throw new Different(name, "missing", "one of the release's files");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reader.read(name)) {
    bytes += chunk.byteLength;
    if (bytes > largestDocument)
      throw new Different(`the size of ${name}`, `over ${largestDocument} bytes`, "a few kilobytes");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(what: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Different(what, "not JSON", "JSON in UTF-8");
  }
}

function firstIssue(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0];
  return issue === undefined ? "not valid" : `${issue.path.map(String).join(".") || "document"}: ${issue.message}`;
}
