// What must never be lost: two buckets and two keys. Their stack is shut against deletion, and they outlive it.
import { Aws, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { CloudSettings } from "../../contracts/cloud.ts";
import { doorStatements, programRoles } from "../iam/addresses.ts";
import { fillPolicy, type Policies } from "../iam/load.ts";
import { bucketName, type KeyArns, type Place, type Placeholder, placeholders } from "../names.ts";
import { Bucket } from "../store/bucket.ts";
import { Keys } from "../store/keys.ts";
import { dataLifecycle, registryLifecycle } from "../store/lifecycle.ts";

export interface DataStackProps extends StackProps {
  readonly settings: CloudSettings;
  readonly policies: Policies;
}

export class DataStack extends Stack {
  readonly keyArns: KeyArns;

  constructor(scope: Construct, id: string, { settings, policies, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const place: Place = { ...settings, partition: Aws.PARTITION, account: Aws.ACCOUNT_ID };
    const policyOf = (
      resource: string,
      values: Partial<Readonly<Record<Placeholder, string>>>,
      more = noStatements,
    ) => {
      const file = policies.resources.get(resource);
      if (file === undefined) throw new RangeError(`no policy for ${resource}`);
      return fillPolicy({ ...file.policy, Statement: [...file.policy.Statement, ...more] }, values);
    };
    const keyless = placeholders(place);
    const keys = new Keys(this, "Keys", {
      name: settings.name,
      dataKeyPolicy: policyOf("data-key", keyless),
      signingKeyPolicy: policyOf("signing-key", keyless),
    });
    this.keyArns = { dataKey: keys.data.attrArn, signingKey: keys.signing.attrArn };
    const values = placeholders(place, this.keyArns);
    const doorsOf = (bucket: Parameters<typeof doorStatements>[0]) =>
      doorStatements(bucket, settings, programRoles(policies));
    new Bucket(this, "Data", {
      bucketName: bucketName(place, "data"),
      keyArn: this.keyArns.dataKey,
      policy: (dataBucket) => policyOf("data-bucket", { ...values, dataBucket }, doorsOf("dataBucket")),
      lifecycle: dataLifecycle,
      tellsEventBridge: true,
    });
    new Bucket(this, "Registry", {
      bucketName: bucketName(place, "registry"),
      keyArn: this.keyArns.dataKey,
      policy: (registryBucket) => policyOf("registry-bucket", { ...values, registryBucket }, doorsOf("registryBucket")),
      lifecycle: registryLifecycle,
    });
  }
}

const noStatements: ReturnType<typeof doorStatements> = [];
