// A policy taken apart into its grants, and put together without one of them.
import { many, type PolicyDocument, type Statement } from "../../../lib/infra/iam/document.ts";

export interface Grant {
  readonly statement: Statement;
  readonly action: string;
  readonly resource: string;
}

/** One grant: a statement, one of its actions, one of its resources. */
export function grantsOf(policy: PolicyDocument): readonly Grant[] {
  return policy.Statement.flatMap((statement) =>
    many(statement.Action).flatMap((action) =>
      many(statement.Resource).map((resource) => ({ statement, action, resource })),
    ),
  );
}

/** The policy without that one grant. */
export function without(policy: PolicyDocument, taken: Grant): PolicyDocument {
  const rest = grantsOf(policy).filter(
    ({ statement, action, resource }) =>
      statement !== taken.statement || action !== taken.action || resource !== taken.resource,
  );
  const Statement = rest.map(
    ({ statement, action, resource }): Statement => ({ ...statement, Action: action, Resource: resource }),
  );
  return { ...policy, Statement };
}
