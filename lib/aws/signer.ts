// A Signer whose private half never leaves KMS. The release is signed RAW, so that KMS itself hashes what it is told it signs.
import { createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { BobbinError } from "../contracts/errors.ts";
import type { Signer } from "../core/ports.ts";
import { pinnedFingerprint } from "../core/registry/dsse.ts";

/** KMS takes no more in one RAW message. */
const rawBytes = 4096;

/**
 * Asks KMS for the public half once.
 * @param pinned fingerprint that the config names; another key is refused
 * @throws KeyUnreadable, KeyNotPinned
 */
export async function openKmsSigner(client: KMSClient, keyId: string, pinned?: string): Promise<Signer> {
  const publicPem = await readPublicKey(client, keyId);
  const fingerprint = pinnedFingerprint(publicPem, pinned);
  return {
    fingerprint: async () => fingerprint,
    publicKey: async () => publicPem,
    async sign(bytes) {
      if (bytes.byteLength > rawBytes) throw new RangeError(`${bytes.byteLength} bytes to sign, at most ${rawBytes}`);
      const { Signature } = await client.send(
        new SignCommand({ KeyId: keyId, Message: bytes, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" }),
      );
      if (Signature === undefined) throw new RangeError("KMS answered without a signature");
      return Signature;
    },
  };
}

/** SPKI in PEM. */
async function readPublicKey(client: KMSClient, keyId: string): Promise<string> {
  const { PublicKey, KeySpec, KeyUsage } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (PublicKey === undefined || KeySpec !== "ECC_NIST_P256" || KeyUsage !== "SIGN_VERIFY") {
    throw new BobbinError("KeyUnreadable", {
      path: keyId,
      found: `${KeySpec ?? "no key"} for ${KeyUsage ?? "nothing"}`,
      wanted: "ECC_NIST_P256 for SIGN_VERIFY",
    });
  }
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
  return key.export({ type: "spki", format: "pem" }).toString();
}
