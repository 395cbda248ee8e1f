// jest's globalSetup of the projects `aws` and `proof`: one emulated AWS for all its files, each with buckets and keys of its own.
import { holdEmulator, startEmulator } from "./emulator.ts";

// biome-ignore lint/style/noDefaultExport: jest takes it so
export default async function setup(): Promise<void> {
  const emulator = await startEmulator();
  holdEmulator(emulator);
  process.env.BOBBIN_EMULATOR = emulator?.url ?? "";
}
