// The file that describes a YOLO data set: data.yaml, or darknet's obj.data. Found by content, at the shallowest level that has one.
import { Buffer } from "node:buffer";
import { BobbinError } from "../../../../contracts/errors.ts";
import type { ExportEntry, ExportSource } from "../../../ports.ts";
import { type ExportFiles, fileOf, folderOf } from "../files.ts";
import { type DataYaml, largestYaml, looksLikeDataYaml, parseDataYaml } from "./data-yaml.ts";

export interface Descriptor {
  readonly entry: ExportEntry;
  readonly data: DataYaml;
  /** File of class names that obj.data points to; null for data.yaml. */
  readonly namesFile: string | null;
}

const depthOf = (name: string) => name.split("/").length;
/** Files of one level that are opened to see what they are. */
const mostLooked = 50;
const preferred = ["data.yaml", "dataset.yaml", "data.yml", "dataset.yml"];

export async function readText(entry: ExportEntry): Promise<string> {
  const bytes = await entry.read();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The entries of the shallowest level that has one which passes. */
async function shallowest(
  entries: readonly ExportEntry[],
  passes: (entry: ExportEntry) => Promise<boolean>,
): Promise<readonly ExportEntry[]> {
  const levels = [...new Set(entries.map(({ name }) => depthOf(name)))].sort((a, b) => a - b);
  for (const level of levels) {
    const found: ExportEntry[] = [];
    for (const entry of entries.filter(({ name }) => depthOf(name) === level).slice(0, mostLooked)) {
      if (await passes(entry)) found.push(entry);
    }
    if (found.length > 0) return found;
  }
  return [];
}

function choose(source: ExportSource, found: readonly ExportEntry[]): ExportEntry | null {
  const [first] = found;
  if (first === undefined || found.length === 1) return first ?? null;
  const sameFolder = found.every(({ name }) => folderOf(name) === folderOf(first.name));
  const favourite = preferred
    .map((wanted) => found.find(({ name }) => fileOf(name).toLowerCase() === wanted))
    .find(Boolean);
  if (sameFolder && favourite !== undefined) return favourite;
  throw new BobbinError("FormatAmbiguous", { path: source.name, found: found.map(({ name }) => name).join(", ") });
}

/** obj.data: `key = value` lines; `valid` is val. */
function parseObjData(entry: ExportEntry, text: string): Descriptor {
  const pairs = new Map(
    text.split(/\r?\n/).map((line) => [line.split("=")[0]?.trim() ?? "", line.split("=")[1]?.trim() ?? ""]),
  );
  const parts = (
    [
      ["train", "train"],
      ["valid", "val"],
      ["test", "test"],
    ] as const
  ).flatMap(([key, part]) => {
    const value = pairs.get(key);
    return value === undefined || value === "" ? [] : [{ part, values: [value] }];
  });
  const data: DataYaml = { names: [], claimedClasses: null, path: "", parts, keypoints: null };
  return { entry, data, namesFile: pairs.get("names") ?? null };
}

/** null where there is none. @throws FormatAmbiguous, LabelFileInvalid */
export async function findDescriptor(source: ExportSource, files: ExportFiles): Promise<Descriptor | null> {
  const yamls = files.others.filter(({ name }) => /\.ya?ml$/i.test(name));
  const isData = async (entry: ExportEntry) => entry.bytes <= largestYaml && looksLikeDataYaml(await readText(entry));
  const yaml = choose(source, await shallowest(yamls, isData));
  if (yaml !== null) return { entry: yaml, data: parseDataYaml(yaml.name, await readText(yaml)), namesFile: null };
  const darknets = files.others.filter(({ name }) => /\.data$/i.test(name));
  const isDarknet = async (entry: ExportEntry) =>
    entry.bytes <= largestYaml && /^\s*(?:names|train)\s*=/m.test(await readText(entry));
  const darknet = choose(source, await shallowest(darknets, isDarknet));
  return darknet === null ? null : parseObjData(darknet, await readText(darknet));
}
