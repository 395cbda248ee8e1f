// DSSE 1.0 envelopes (https://github.com/secure-systems-lab/dsse) with ECDSA P-256 and SHA-256: what is signed, and how it is checked.
// The private key is behind the Signer port; checking needs the public key alone.
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { BobbinError } from "../../contracts/errors.ts";
import type { Envelope } from "../../contracts/release.ts";
import type { Signer } from "../ports.ts";

const payloadType = "application/vnd.in-toto+json";
/** KMS signs at most 4,096 raw bytes. */
const largestMessage = 4096;

/** The bytes that are really signed: type and payload with their lengths, so that neither can be taken for the other. */
function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Fingerprint of a public key: `SHA256:` and the hex digest of its DER (SPKI). @throws KeyUnreadable */
export function fingerprintOf(publicKeyPem: string): string {
  const der = p256(publicKeyPem).export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(der).digest("hex")}`;
}

/**
 * Fingerprint of the key that a release is to be signed with.
 * @param pinned fingerprint that the config names; absent: any key
 * @throws KeyUnreadable, KeyNotPinned
 */
export function pinnedFingerprint(publicKeyPem: string, pinned?: string): string {
  const found = fingerprintOf(publicKeyPem);
  if (pinned !== undefined && pinned !== found) throw new BobbinError("KeyNotPinned", { found, wanted: pinned });
  return found;
}

function p256(publicKeyPem: string): KeyObject {
  const unreadable = (found: string, cause?: unknown) =>
    new BobbinError(
      "KeyUnreadable",
      { path: "the public key", found, wanted: "an ECDSA P-256 public key in PEM" },
      { cause },
    );
  // Node would take a private key and use its public half; a private key in a verifier's hands is a mistake to be told.
  if (publicKeyPem.includes("PRIVATE KEY")) throw unreadable("a private key");
  let key: KeyObject;
  try {
    key = createPublicKey(publicKeyPem);
  } catch (cause) {
    throw unreadable("no public key", cause);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "no curve";
  if (key.asymmetricKeyType !== "ec" || curve !== "prime256v1") {
    throw unreadable(`${key.asymmetricKeyType ?? "another kind"}, ${curve}`);
  }
  return key;
}

/** Signs `payload`; the envelope names the key by its fingerprint. */
export async function sealEnvelope(payload: Uint8Array, signer: Signer): Promise<Envelope> {
  const message = preAuthenticationEncoding(payload);
  if (message.byteLength > largestMessage) {
    throw new RangeError(`a statement of ${message.byteLength} bytes cannot be signed, at most ${largestMessage}`);
  }
  const signature = await signer.sign(message);
  return {
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: [{ keyid: await signer.fingerprint(), sig: Buffer.from(signature).toString("base64") }],
  };
}

/** True where the envelope's one signature is by that key over its payload. */
export function envelopeIsBy(envelope: Envelope, publicKeyPem: string): boolean {
  const signature = envelope.signatures[0];
  if (signature === undefined) return false;
  const message = preAuthenticationEncoding(Buffer.from(envelope.payload, "base64"));
  return verify(
    "sha256",
    message,
    { key: p256(publicKeyPem), dsaEncoding: "der" },
    Buffer.from(signature.sig, "base64"),
  );
}

/** The one way Bobbin writes an envelope to a file; any other spelling of the same content is refused by `verify`. */
export function envelopeText(envelope: Envelope): string {
  const { payloadType: type, payload, signatures } = envelope;
  const canonical = {
    payloadType: type,
    payload: respelt(payload),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: respelt(sig) })),
  };
  return `${JSON.stringify(canonical, null, 2)}\n`;
}

/** Base 64 with the unused bits of its last character cleared. */
function respelt(base64: string): string {
  return Buffer.from(base64, "base64").toString("base64");
}
