// Writes what is generated: JSON Schemas for editors and Python and the list of errors from lib/contracts, what IAM knows,
// the table of policies/, and the pictures of docs/.
// `node bin/generate.ts` writes; `--check` changes nothing and exits 1 where a file is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { errorTable, jsonSchemas } from "../lib/contracts/schemas.ts";
import { loadPolicies } from "../lib/infra/iam/load.ts";
import { policyTable } from "../lib/infra/iam/table.ts";
import { iamActions } from "./iam-actions.ts";
import { pictures } from "./pictures/draw.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const forEditors = join(root, "lib/contracts/generated/schemas");
const forPython = join(root, "containers/trainer/bobbin_trainer/generated");
/** The trainer ships only the documents it reads or writes. */
const pythonDocuments = [
  "job",
  "job-frame",
  "job-inputs",
  "job-environment",
  "result",
  "prediction-line",
  "progress",
  "training-metrics",
  "train-arguments",
];

async function wanted(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  for (const [name, schema] of jsonSchemas()) {
    files.set(join(forEditors, name), json(schema));
    if (pythonDocuments.some((document) => name === `bobbin.${document}.1.json`))
      files.set(join(forPython, name), json(schema));
  }
  files.set(join(forPython, "errors.json"), json(errorTable()));
  files.set(join(root, "lib/infra/iam/generated/actions.json"), json(await iamActions()));
  files.set(join(root, "policies/README.md"), policyTable(loadPolicies(join(root, "policies"))));
  for (const [name, svg] of await pictures(root)) files.set(join(root, "docs/pictures", name), svg);
  return files;
}

/** Files that lie in a generated folder and that nothing generates any more. */
function leftOver(files: ReadonlyMap<string, string>): string[] {
  return [forEditors, forPython]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith(".json") && !files.has(file));
}

async function main(check: boolean): Promise<number> {
  const files = await wanted();
  const stale = [...files]
    .filter(([file, text]) => !existsSync(file) || readFileSync(file, "utf8") !== text)
    .map(([file]) => file);
  const extra = leftOver(files);
  if (check) {
    for (const file of [...stale, ...extra])
      process.stderr.write(`stale: ${file.slice(root.length + 1)}; run \`npm run generate\`\n`);
    return stale.length + extra.length === 0 ? 0 : 1;
  }
  for (const file of stale) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, files.get(file) ?? "");
  }
  for (const file of extra) rmSync(file);
  return 0;
}

process.exitCode = await main(process.argv.includes("--check"));
