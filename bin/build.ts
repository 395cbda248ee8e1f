// Bundles the command line into dist/.
import { dirname, join } from "node:path";
import { bundle } from "./bundle.ts";

const root = dirname(import.meta.dirname);

await bundle(join(root, "bin/bobbin.ts"), join(root, "dist"));
