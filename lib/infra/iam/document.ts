// The form of the files in policies/: IAM's own JSON, and beside it who holds it and why. Nothing unknown is let through:
// IAM would take a misspelt `Conditon` as no condition.
import * as z from "zod";

const oneOrMany = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** The operators that test/support/iam decides; another one must be added there first. */
const operators = [
  "StringEquals",
  "StringNotEquals",
  "StringLike",
  "StringNotLike",
  "ArnEquals",
  "ArnNotEquals",
  "ArnLike",
  "ArnNotLike",
  "Bool",
  "Null",
  "IpAddress",
  "NotIpAddress",
  "NumericLessThan",
  "StringNotEqualsIfExists",
  "BoolIfExists",
  "ForAnyValue:StringLike",
] as const;

const condition = z.partialRecord(z.enum(operators), z.record(z.string().min(1), oneOrMany));

const statement = z.strictObject({
  Sid: z.string().regex(/^[A-Z][A-Za-z0-9]*$/),
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMany,
  Resource: oneOrMany.optional(),
  NotResource: oneOrMany.optional(),
  Condition: condition.optional(),
});
const resourceStatement = z.strictObject({
  ...statement.shape,
  Principal: z.union([z.literal("*"), z.strictObject({ AWS: oneOrMany }), z.strictObject({ Service: oneOrMany })]),
});

const reasons = z.record(z.string(), z.string().min(20));
const common = {
  /** One sentence: who holds this. */
  who: z.string().min(10),
  /** Why each statement is there, by Sid. */
  reasons,
  /** Why a statement that allows `*`, or an action pattern, cannot be narrower, by Sid. */
  wildcards: reasons.optional(),
};

/** Who may take a role on. */
export const trust = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("service"), service: z.string().regex(/^[a-z0-9-]+\.amazonaws\.com$/) }),
  /** Whoever the account's own IAM lets; with a second factor where one is asked for. */
  z.strictObject({ kind: z.literal("people"), secondFactor: z.boolean() }),
  /** No role: a user for a program that takes access keys alone; a person makes them. */
  z.strictObject({ kind: z.literal("program") }),
  /** No role: a managed policy that roles carry. */
  z.strictObject({ kind: z.literal("none") }),
]);
export type Trust = z.infer<typeof trust>;

export const roleFile = z.strictObject({
  role: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  ...common,
  trust,
  policy: z.strictObject({ Version: z.literal("2012-10-17"), Statement: z.array(statement).min(1) }),
});
export type RoleFile = z.infer<typeof roleFile>;

/** What a bucket, key, queue or topic says of itself. */
export const resourceFile = z.strictObject({
  resource: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  ...common,
  policy: z.strictObject({ Version: z.literal("2012-10-17"), Statement: z.array(resourceStatement).min(1) }),
});
export type ResourceFile = z.infer<typeof resourceFile>;

export type Statement = z.infer<typeof statement> & Partial<z.infer<typeof resourceStatement>>;
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export const many = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;
