// What every Signer promises. Run on each implementation: a key in a folder (signer.test.ts), KMS (test/aws).
import { createHash, createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Signer } from "../../lib/core/ports.ts";

/** @param runs how many messages are signed; a key over the network is asked less */
export function signerSuite(name: string, open: () => Promise<Signer>, runs = 25): void {
  describe(`${name} as a Signer`, () => {
    it("signs bytes so that its public key verifies them, and no others", async () => {
      const signer = await open();
      const key = createPublicKey(await signer.publicKey());
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 4096 }),
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
          async (bytes, more) => {
            const signature = await signer.sign(bytes);
            const holds = (message: Uint8Array) => verify("sha256", message, { key, dsaEncoding: "der" }, signature);
            expect(holds(bytes)).toBe(true);
            expect(holds(Buffer.concat([bytes, more]))).toBe(false);
          },
        ),
        { numRuns: runs },
      );
    });

    it("has the fingerprint of its public key's DER", async () => {
      const signer = await open();
      const der = createPublicKey(await signer.publicKey()).export({ type: "spki", format: "der" });
      expect(await signer.fingerprint()).toBe(`SHA256:${createHash("sha256").update(der).digest("hex")}`);
    });

    it("is ECDSA on P-256", async () => {
      const key = createPublicKey(await (await open()).publicKey());
      expect([key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve]).toEqual(["ec", "prime256v1"]);
    });
  });
}
