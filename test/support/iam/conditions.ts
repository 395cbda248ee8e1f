// IAM's condition operators. An operator that is not here throws: guessing would be a false green.
import { BlockList, isIPv6 } from "node:net";
import { type Context, contextValue, fillVariables, isArnLike, isLikeFilled } from "./match.ts";

type Test = (found: string, wanted: string) => boolean;

const address: Test = (found, wanted) => {
  const [net = "", bits = isIPv6(net) ? "128" : "32"] = wanted.split("/");
  const family = (text: string) => (isIPv6(text) ? "ipv6" : "ipv4");
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family(net));
  return list.check(found, family(found));
};
const equal: Test = (found, wanted) => found === wanted;

/** Positive operators; `Not` before the verb turns one round. */
const tests: Readonly<Record<string, Test>> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: (found, wanted) => found.toLowerCase() === wanted.toLowerCase(),
  StringLike: (found, wanted) => isLikeFilled(found, wanted),
  ArnEquals: isArnLike,
  ArnLike: isArnLike,
  Bool: (found, wanted) => found.toLowerCase() === wanted.toLowerCase(),
  IpAddress: address,
  NumericEquals: (found, wanted) => Number(found) === Number(wanted),
  NumericLessThan: (found, wanted) => Number(found) < Number(wanted),
  NumericLessThanEquals: (found, wanted) => Number(found) <= Number(wanted),
  NumericGreaterThan: (found, wanted) => Number(found) > Number(wanted),
  NumericGreaterThanEquals: (found, wanted) => Number(found) >= Number(wanted),
};

const positiveName = (name: string) =>
  name === "NotIpAddress" ? "IpAddress" : name.replace(/^(String|Arn|Numeric)Not/, "$1");

const many = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);

/** Whether one line of a Condition block holds: `operator: { key: values }`. */
export function holdsFor(operator: string, key: string, values: string | readonly string[], context: Context): boolean {
  const { set, name, ifExists } = parts(operator);
  const found = contextValue(context, key);
  if (name === "Null") return many(values).some((value) => (value === "true") === (found === undefined));
  const positive = positiveName(name);
  const test = tests[positive];
  if (test === undefined) throw new RangeError(`the evaluator does not know the operator ${operator}`);
  const negated = positive !== name;
  if (found === undefined) return set === "ForAllValues" || ifExists || (set === undefined && negated);
  const wanted = many(values).map((value) => fillVariables(value, context));
  const matches = (one: string) => wanted.some((value) => value !== null && test(one, value)) !== negated;
  if (set === "ForAllValues") return many(found).every(matches);
  if (set === "ForAnyValue") return many(found).some(matches);
  if (typeof found !== "string") throw new RangeError(`${key} has many values and ${operator} is for one`);
  return matches(found);
}

function parts(operator: string) {
  const [, set, name = "", suffix] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  return { set, name, ifExists: suffix !== undefined };
}
