// Loaded before everything else in a process that tests mutants, one after another: test files find a small runner where jest is, and
// for each mutant the project's modules are made anew (`?m=` and its number), with one source file another. What they are made of and
// does not know of any mutant (lib/contracts, packages) is loaded once.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const runner = new URL("runner.ts", import.meta.url).href;
const root = new URL("../../../", import.meta.url).href;
const kept = [`${root}node_modules/`, `${root}lib/contracts/`, new URL("./", import.meta.url).href];

/** The mutant that modules are made for now. */
let planted = { url: "", source: "" };

/** @param file absolute */
export function plant(file: string, source: string): void {
  planted = { url: pathToFileURL(file).href, source };
}

const isRemade = (url: string) => url.startsWith(root) && !kept.some((folder) => url.startsWith(folder));

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "@jest/globals") return { url: runner, shortCircuit: true };
    const found = next(specifier, context);
    const query = /\?m=\d+$/.exec(context.parentURL ?? "")?.[0];
    return query !== undefined && isRemade(found.url) ? { ...found, url: `${found.url}${query}` } : found;
  },
  load: (url, context, next) =>
    url.replace(/\?m=\d+$/, "") === planted.url
      ? { format: "module-typescript", source: planted.source, shortCircuit: true }
      : next(url, context),
});
