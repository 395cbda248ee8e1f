import { mkdtempSync } from "node:fs";
import { countRequests } from "./cloud-requests.ts";
const t = performance.now();
try { const found = await countRequests(mkdtempSync("/tmp/bobbin-bench-"));
console.log(JSON.stringify(found));} catch (e) { console.log("ERR", e); }
console.log((performance.now() - t) / 1000);
