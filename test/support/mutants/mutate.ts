// Every small change that a source file could carry unseen: a comparison moved by one, a sign turned, min for max, an early way out that
// is never taken, an await that is forgotten.
import { parseSync } from "@swc/core";

export interface Mutant {
  /** Path below the checkout. */
  readonly file: string;
  readonly line: number;
  /** The line as it was, without its indentation. */
  readonly code: string;
  /** What was changed into what. */
  readonly change: string;
  readonly source: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}
interface Node {
  readonly type: string;
  readonly span: Span;
  readonly [field: string]: unknown;
}
/** Bytes [start, end) of the file become `text`. */
interface Edit extends Span {
  readonly text: string;
}

const operators: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "+=": ["-="],
  "-=": ["+="],
};
const calls: Readonly<Record<string, string>> = {
  min: "max",
  max: "min",
  ceil: "floor",
  floor: "ceil",
  round: "floor",
  some: "every",
  every: "some",
};

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "span" in value;

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* nodesOf(one);
  else if (typeof value === "object" && value !== null) {
    if (isNode(value)) yield value;
    for (const inside of Object.values(value)) yield* nodesOf(inside);
  }
}

const leaves = (statement: Node): boolean => {
  const last = statement.type === "BlockStatement" ? (statement.stmts as Node[]).at(-1) : statement;
  return last !== undefined && /^(Return|Throw|Continue|Break)Statement$/.test(last.type);
};

function editsOf(node: Node, text: (span: Span) => string): Edit[] {
  switch (node.type) {
    case "BinaryExpression":
    case "AssignmentExpression":
      return operatorEdits(node.left as Node, node.right as Node, String(node.operator), text);
    case "MemberExpression": {
      const property = node.property as Node;
      const other = calls[String(property.value)];
      return other === undefined ? [] : [{ ...property.span, text: other }];
    }
    case "IfStatement":
      return leaves(node.consequent as Node) ? [{ ...(node.test as Node).span, text: "false" }] : [];
    case "AwaitExpression":
      return [{ start: node.span.start, end: (node.argument as Node).span.start, text: "" }];
    case "UnaryExpression":
      if (node.operator !== "-" && node.operator !== "!") return [];
      return [{ start: node.span.start, end: (node.argument as Node).span.start, text: "" }];
    default:
      return [];
  }
}

function operatorEdits(left: Node, right: Node, operator: string, text: (span: Span) => string): Edit[] {
  const between = { start: left.span.end, end: right.span.start };
  const at = text(between).indexOf(operator);
  if (at < 0) return [];
  const start = between.start + at;
  return (operators[operator] ?? []).map((other) => ({ start, end: start + operator.length, text: other }));
}

/** @param file path below the checkout */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  // Positions of swc count on from file to file; an empty statement in front says where this one begins.
  const program = parseSync(`;${source}`, { syntax: "typescript", target: "es2024" });
  const [mark, ...body] = program.body as unknown as Node[];
  const base = (mark?.span.start ?? 0) + 1;
  const bytes = Buffer.from(source);
  const text = ({ start, end }: Span) => bytes.subarray(start - base, end - base).toString();
  const edits = body
    .filter(({ type }) => type !== "ImportDeclaration" && !type.startsWith("Ts"))
    .flatMap((statement) => [...nodesOf(statement)])
    .flatMap((node) => editsOf(node, text));
  return edits.map((edit) => mutantOf(file, bytes, base, edit));
}

function mutantOf(file: string, bytes: Buffer, base: number, { start, end, text }: Edit): Mutant {
  const [from, to] = [start - base, end - base];
  const before = bytes.subarray(0, from).toString();
  const was = bytes.subarray(from, to).toString();
  const lines = bytes.toString().split("\n");
  const line = before.split("\n").length;
  return {
    ...{ file, line, code: (lines[line - 1] ?? "").trim() },
    change: `${was.trim()} → ${text === "" ? "nothing" : text}`,
    source: before + text + bytes.subarray(to).toString(),
  };
}
