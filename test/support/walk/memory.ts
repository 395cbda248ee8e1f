// A walk over stores in memory, functions in this process.

import { memoryStores } from "../memory-store.ts";
import { programOf, settingOf } from "../model/programs.ts";
import type { Ground } from "./walker.ts";
import { LocalWork } from "./work.ts";

export function inMemory(): Ground {
  const stores = memoryStores();
  return {
    stores,
    begin: (call, skew, next, cap) => LocalWork.begin(programOf(call, skew, next, settingOf(cap)), { stores }),
    atOnce: false,
    deaths: 1,
  };
}
