// The layers, top to bottom. An arrow may only point down: never up, never sideways, never in a circle.
const floors = [
  ["bin"],
  ["lib/cli", "lib/infra"],
  ["lambdas"],
  ["lib/local", "lib/aws", "lib/cvat"],
  ["lib/report"],
  ["lib/workflow"],
  ["lib/core"],
  ["lib/contracts"],
];

const inside = (folders) => `^(${folders.join("|")})/`;

/** For each folder: everything on its own floor but itself, and every floor above, is refused. */
const downward = floors
  .flatMap((floor, depth) =>
    floor.map((folder) => ({
      name: `only-downward-from-${folder.replace("/", "-")}`,
      comment: `${folder} may import itself and the floors below it.`,
      severity: "error",
      from: { path: inside([folder]) },
      to: {
        path: inside(
          floors
            .slice(0, depth + 1)
            .flat()
            .filter((other) => other !== folder),
        ),
      },
    })),
  )
  .filter((rule) => rule.to.path !== inside([]));

/** Built-ins that reach neither disk, clock, network nor environment. */
const pureBuiltins = "^(node:)?(buffer|crypto|stream|stream/promises|stream/web|string_decoder|util|zlib)$";

/** Packages that turn bytes into values; the rest of the world comes in as ports. */
const purePackages = "(^|node_modules/)(csv-parse|csv-stringify|fastest-levenshtein|saxes|yaml|yauzl|zod)(/|$)";

export default {
  forbidden: [
    ...downward,
    {
      name: "core-is-pure",
      comment: "Core imports contracts and pure packages; disk, clock, chance and environment are ports.",
      severity: "error",
      from: { path: "^lib/core/" },
      to: { pathNot: ["^lib/", pureBuiltins, purePackages] },
    },
    {
      name: "contracts-stand-alone",
      comment: "Contracts import zod and nothing of ours.",
      severity: "error",
      from: { path: "^lib/contracts/" },
      to: { pathNot: ["^lib/contracts/", pureBuiltins, "(^|node_modules/)zod(/|$)"] },
    },
    {
      name: "product-does-not-import-tests",
      comment: "Tests import the product, not the other way round.",
      severity: "error",
      from: { path: "^(bin|lib|lambdas)/" },
      to: { path: "^test/" },
    },
    {
      name: "no-circles",
      comment: "Two files that need each other are one file, or three.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      comment: "Every import leads to a file or to a package in package.json.",
      severity: "error",
      from: { path: "^(bin|lib|lambdas)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|generated|fixtures)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".json"],
    },
  },
};
