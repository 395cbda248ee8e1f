// How much memory a process that streams takes: it keeps little, and V8 would still give it room for a hundred megabytes of what is dead.
import { setFlagsFromString } from "node:v8";

/**
 * Keeps the space for young objects as small as it is at the start; for processes that hold little for long. To be called before
 * anything is loaded: writing 20,000 frames takes 127 MB then, 160 where the space has already grown, and a little more time.
 */
export function keepMemorySmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
