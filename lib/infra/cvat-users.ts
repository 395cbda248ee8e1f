// A user a data set for CVAT, which knows no roles: it may put exports into the data bucket. It has no access key; a person makes one
// and gives it to CVAT, so that no secret is in a template.
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { roleName } from "../contracts/cloud.ts";
import { fillPolicy, type Policies } from "./iam/load.ts";
import { acknowledgeWildcards } from "./nag.ts";
import type { Placeholder } from "./names.ts";

export interface CvatUsersProps {
  /** `name` of the settings. */
  readonly name: string;
  readonly policies: Policies;
  readonly values: Readonly<Record<Placeholder, string>>;
  readonly datasets: readonly string[];
}

export class CvatUsers extends Construct {
  constructor(scope: Construct, id: string, { name, policies, values, datasets }: CvatUsersProps) {
    super(scope, id);
    const file = policies.roles.get("cvat");
    if (file === undefined) throw new RangeError("no policy for cvat");
    const policyDocument = fillPolicy(file.policy, values);
    for (const dataset of datasets) {
      const user = new iam.CfnUser(this, dataset, {
        userName: roleName(name, `cvat-${dataset}`),
        permissionsBoundary: values.boundary,
        policies: [{ policyName: "cvat", policyDocument }],
        tags: [{ key: "bobbin-dataset", value: dataset }],
      });
      acknowledgeWildcards(user, policyDocument, file.reasons);
    }
  }
}
