// What a stack costs a month while nobody uses it, by the types of its resources: dollars as AWS listed them for us-east-1 in
// November 2026. A type that is not here must be looked up: a bill that leaves one out is none. What grows with use (storage of
// frames, requests, jobs) is no part of it.

interface Share {
  /** Micro-dollars a month of one resource. */
  readonly monthly: number;
  readonly why: string;
}

const dollars = (usd: number, why: string): Share => ({ monthly: Math.ceil(usd * 1e6), why });
const nothing: Share = { monthly: 0, why: "costs by use" };

const shares: Readonly<Record<string, Share>> = {
  "AWS::KMS::Key": dollars(1, "a customer key"),
  "AWS::ECR::Repository": dollars(0.8, "two images of 4 GB, packed, at $0.10 a GB"),
  "AWS::Scheduler::Schedule": dollars(
    0.02,
    "2,880 calls of Settle, half a second of 512 MB each, with what they ask of S3",
  ),
  "AWS::EC2::NatGateway": dollars(32.85, "$0.045 an hour, without traffic"),
  "AWS::EC2::EIP": dollars(3.65, "a public address, $0.005 an hour"),
  "AWS::CloudWatch::Alarm": dollars(0.1, "a standard metric"),
  "AWS::Logs::LogGroup": dollars(0.001, "what the schedule's calls write, kept for 30 days"),
};

const byUse: readonly string[] = [
  ...["ManagedPolicy", "Role", "InstanceProfile", "User"].map((name) => `AWS::IAM::${name}`),
  ...[
    "VPC",
    "Subnet",
    "SubnetRouteTableAssociation",
    "InternetGateway",
    "VPCGatewayAttachment",
    "RouteTable",
    "Route",
  ].map((name) => `AWS::EC2::${name}`),
  // Gateway endpoints are free; interface endpoints are not made by Bobbin.
  ...["VPCEndpoint", "SecurityGroup", "LaunchTemplate"].map((name) => `AWS::EC2::${name}`),
  ...["ComputeEnvironment", "JobQueue", "JobDefinition"].map((name) => `AWS::Batch::${name}`),
  ...["AWS::KMS::Alias", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::CodeBuild::Project"],
  ...["AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::StepFunctions::StateMachine", "AWS::Events::Rule"],
  ...["AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription"],
  // The first two budgets of an account are free.
  "AWS::Budgets::Budget",
  "AWS::CDK::Metadata",
];

/** Micro-dollars a month. @param types of all resources, one entry each @throws RangeError for a type without a price */
export function idleBill(types: Iterable<string>): number {
  let sum = 0;
  for (const type of types) {
    const share = shares[type] ?? (byUse.includes(type) ? nothing : null);
    if (share === null) throw new RangeError(`nobody has looked up what ${type} costs while it does nothing`);
    sum += share.monthly;
  }
  return sum;
}
