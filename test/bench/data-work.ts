// A process of bench:data that does the work of data-ours.ts as the command `export` would: with little memory from the start.
import { keepMemorySmall } from "../../lib/local/small-memory.ts";

keepMemorySmall();
await import("./data-ours.ts");
