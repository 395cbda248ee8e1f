#!/usr/bin/env node
// The launcher. Runs the source in a checkout and the bundle in an installed package, on a Node that can.
// Plain JavaScript that an old Node still reads, so that it can say what is missing.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const source = new URL("./bobbin.ts", import.meta.url);
const bundle = new URL("../dist/bobbin.js", import.meta.url);
const entry = existsSync(source) ? source : bundle;

/** The source needs a Node that strips types by itself; the bundle one of the last three majors. */
const major = Number(process.versions.node.split(".")[0]);
const able = entry === source ? process.features.typescript === "strip" : major >= 22;

/** Where a checkout keeps compiled source, so that only the first start pays for it. */
const compiled = fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url));

/** The Node 24 that `make setup` puts into the checkout. */
function nodeOfTheCheckout() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    const binary = fileURLToPath(new URL(`file://${manifest.replace(/package\.json$/, "bin/node")}`));
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** Hands the terminal, the signals and the exit status over to a newer Node. */
function relaunch(node) {
  const child = spawn(node, [fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // The terminal sends Ctrl-C to the whole group; here it only must not end the launcher first.
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`bobbin: ${node} does not start: ${error.message}`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code;
  });
}

if (!existsSync(entry)) {
  console.error("bobbin: this package holds no dist/bobbin.js. Install it again, or run `npm run build`.");
  process.exitCode = 2;
} else if (able) {
  if (entry === source) module.enableCompileCache?.(compiled);
  await import(entry.href);
} else {
  const node = nodeOfTheCheckout();
  if (node === undefined) {
    console.error(
      `bobbin: Node 24 is wanted, this is Node ${process.versions.node}. In a checkout run \`make setup\`, ` +
        "elsewhere install Node 24 from https://nodejs.org.",
    );
    process.exitCode = 2;
  } else {
    relaunch(node);
  }
}
