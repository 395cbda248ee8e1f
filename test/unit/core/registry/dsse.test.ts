// Envelopes against what the DSSE 1.0 specification says, and against OpenSSL's idea of a signature.
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Signer } from "../../../../lib/core/ports.ts";
import { envelopeIsBy, envelopeText, fingerprintOf, sealEnvelope } from "../../../../lib/core/registry/dsse.ts";

function signerIn(messages: Uint8Array[]): Signer & { readonly pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return {
    pem,
    fingerprint: async () => fingerprintOf(pem),
    publicKey: async () => pem,
    sign: async (bytes) => {
      messages.push(bytes);
      return sign("sha256", bytes, { key: privateKey, dsaEncoding: "der" });
    },
  };
}

describe("an envelope", () => {
  it("signs type and payload with their lengths in bytes", async () => {
    const messages: Uint8Array[] = [];
    await sealEnvelope(Buffer.from("hellö"), signerIn(messages));
    expect(messages.map((message) => Buffer.from(message).toString("utf8"))).toEqual([
      "DSSEv1 28 application/vnd.in-toto+json 6 hellö",
    ]);
  });

  it("holds for its own payload and for no other", async () => {
    const signer = signerIn([]);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3500 }),
        fc.uint8Array({ maxLength: 3500 }),
        async (payload, another) => {
          const sealed = await sealEnvelope(payload, signer);
          expect(envelopeIsBy(sealed, signer.pem)).toBe(true);
          const swapped = { ...sealed, payload: Buffer.from(another).toString("base64") };
          expect(envelopeIsBy(swapped, signer.pem)).toBe(Buffer.compare(payload, another) === 0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("too large for KMS, which takes 4,096 bytes, is not signed", async () => {
    const messages: Uint8Array[] = [];
    const fits = 4096 - "DSSEv1 28 application/vnd.in-toto+json 4052 ".length;
    await sealEnvelope(Buffer.alloc(fits), signerIn(messages));
    expect(messages.map(({ length }) => length)).toEqual([4096]);
    const attempt = sealEnvelope(Buffer.alloc(fits + 1), signerIn(messages)).then(() => "signed");
    await expect(attempt).rejects.toThrow("cannot be signed");
    expect(messages.length).toBe(1);
  });

  it("has one spelling, with base 64 that wastes no bit", async () => {
    const sealed = await sealEnvelope(Buffer.from("ab"), signerIn([]));
    expect(sealed.payload).toBe("YWI=");
    expect(envelopeText({ ...sealed, payload: "YWJ=" })).toBe(envelopeText(sealed));
  });
});
