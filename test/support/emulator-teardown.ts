// jest's globalTeardown of the project `aws`.
import { heldEmulator } from "./emulator.ts";

// biome-ignore lint/style/noDefaultExport: jest takes it so
export default async function teardown(): Promise<void> {
  await heldEmulator()?.stop();
}
