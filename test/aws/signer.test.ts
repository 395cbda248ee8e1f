// KMS as a Signer: the suite of every Signer on a key of the emulated KMS, and the keys that are refused.
import { CreateKeyCommand, type KeySpec, type KeyUsageType } from "@aws-sdk/client-kms";
import { expect, it } from "@jest/globals";
import { openKmsSigner } from "../../lib/aws/signer.ts";
import { signerSuite } from "../ports/signer.ts";
import { describeAws, kms } from "../support/aws.ts";

async function makeKey(KeySpec: KeySpec = "ECC_NIST_P256", KeyUsage: KeyUsageType = "SIGN_VERIFY"): Promise<string> {
  const { KeyMetadata } = await kms().send(new CreateKeyCommand({ KeySpec, KeyUsage }));
  return KeyMetadata?.KeyId ?? "";
}

describeAws("on the emulated KMS", () => {
  signerSuite("KMS", async () => openKmsSigner(kms(), await makeKey()), 6);

  it("signs 4,096 bytes and no more, which the emulator would take", async () => {
    const signer = await openKmsSigner(kms(), await makeKey());
    expect((await signer.sign(new Uint8Array(4096))).byteLength).toBeGreaterThan(60);
    await expect(signer.sign(new Uint8Array(4097))).rejects.toThrow("4097 bytes to sign");
  });

  it("takes the key that the config pins, and no other", async () => {
    const key = await makeKey();
    const pinned = await (await openKmsSigner(kms(), key)).fingerprint();
    expect(await (await openKmsSigner(kms(), key, pinned)).fingerprint()).toBe(pinned);
    await expect(openKmsSigner(kms(), await makeKey(), pinned)).rejects.toMatchObject({
      name: "KeyNotPinned",
      data: { wanted: pinned },
    });
  });

  it("refuses a key of another kind", async () => {
    const key = await makeKey("RSA_2048");
    await expect(openKmsSigner(kms(), key)).rejects.toMatchObject({
      name: "KeyUnreadable",
      data: { path: key, found: "RSA_2048 for SIGN_VERIFY" },
    });
  });
});
