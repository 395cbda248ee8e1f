// The CSV files beside a config: which group a frame belongs to, and what is known about a group.
import { CsvError, type Info, parse } from "csv-parse/sync";
import type { GroupTable } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";

interface Row {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

function fail(file: string, line: number, found: string, wanted: string): never {
  throw new BobbinError("TableInvalid", { file, line, found, wanted });
}

/** `Frame` and `GROUP` are understood; attributes keep their own spelling. */
const columnName = (name: string) => (/^(?:frame|group)$/i.test(name) ? name.toLowerCase() : name);

/** Rows by column name; every row has every column. */
function readRows(
  file: string,
  text: string,
  required: readonly string[],
): { readonly columns: readonly string[]; readonly rows: readonly Row[] } {
  let records: { readonly record: string[]; readonly info: Info }[];
  try {
    records = parse(text, {
      bom: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      max_record_size: 100_000,
    }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === "number" ? error.lines : 1;
    return fail(
      file,
      Math.max(1, line),
      error.message.slice(0, 200),
      "a CSV table with the same columns in every line",
    );
  }
  const [head, ...body] = records;
  const columns = head?.record.map(columnName) ?? [];
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) fail(file, 1, `the columns ${columns.join(", ") || "(none)"}`, `a column ${missing}`);
  const twice = columns.find((name, at) => name === "" || columns.indexOf(name) !== at);
  if (twice !== undefined)
    fail(
      file,
      1,
      twice === "" ? "a column without name" : `the column ${twice} twice`,
      "each column once, with a name",
    );
  const rows = body.map(({ record, info }) => ({
    line: info.lines,
    cells: Object.fromEntries(columns.map((name, at) => [name, (record[at] ?? "").normalize("NFC")])),
  }));
  return { columns, rows };
}

function cell(file: string, row: Row, column: string): string {
  const value = row.cells[column] ?? "";
  return value === "" ? fail(file, row.line, `no ${column}`, `a ${column} in every line`) : value;
}

/** Columns `frame` and `group`; others are let be. @throws TableInvalid */
export function parseGroupTable(file: string, text: string): GroupTable["groupOfFrame"] {
  const groups = new Map<string, string>();
  for (const row of readRows(file, text, ["frame", "group"]).rows) {
    const frame = cell(file, row, "frame");
    const group = cell(file, row, "group");
    const before = groups.get(frame);
    if (before !== undefined && before !== group)
      fail(file, row.line, `${frame} in ${group}`, `the group it has above, ${before}`);
    groups.set(frame, group);
  }
  return Object.fromEntries(groups);
}

/** Column `group`, then one column an attribute; an empty cell means unknown and is left out. @throws TableInvalid */
export function parseAttributesTable(file: string, text: string): GroupTable["attributes"] {
  const { columns, rows } = readRows(file, text, ["group"]);
  const names = columns.filter((name) => name !== "group");
  const groups = new Map<string, Record<string, string>>();
  for (const row of rows) {
    const group = cell(file, row, "group");
    if (groups.has(group)) fail(file, row.line, `the group ${group} again`, "one line a group");
    const known = names.map((name) => [name, row.cells[name] ?? ""] as const).filter(([, value]) => value !== "");
    groups.set(group, Object.fromEntries(known));
  }
  return Object.fromEntries(groups);
}
