// The trainer's image, built in the account from the source that the deploy uploads: nobody needs Docker on a laptop.
// Its tag is the hash of that source, and a tag is never moved.

import * as codebuild from "aws-cdk-lib/aws-codebuild";
import * as ecr from "aws-cdk-lib/aws-ecr";
import * as assets from "aws-cdk-lib/aws-s3-assets";
import { RemovalPolicy } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { resourceName } from "./names.ts";

export interface TrainerImageProps {
  readonly name: string;
  /** Folder with the Dockerfile. */
  readonly source: string;
  readonly buildRoleArn: string;
  readonly logGroup: string;
  readonly keyArn: string;
}

const buildMinutes = 60;
const waitMinutes = 60;
/** Images of trainers that are still there to go back to. */
const imagesKept = 2;

const buildSpec = {
  version: 0.2,
  env: { shell: "bash" },
  phases: {
    pre_build: {
      commands: [
        "set -euo pipefail",
        'aws ecr get-login-password | docker login --username AWS --password-stdin "$(echo "$REPOSITORY_URI" | cut -d/ -f1)"',
      ],
    },
    build: { commands: ['docker build --tag "$REPOSITORY_URI:$IMAGE_TAG" .'] },
    post_build: {
      commands: ['test "$CODEBUILD_BUILD_SUCCEEDING" = 1', 'docker push "$REPOSITORY_URI:$IMAGE_TAG"'],
    },
  },
};

export class TrainerImage extends Construct {
  readonly repositoryUri: string;
  readonly repositoryName: string;
  readonly tag: string;
  readonly projectName: string;

  constructor(scope: Construct, id: string, props: TrainerImageProps) {
    super(scope, id);
    const source = new assets.Asset(this, "Source", {
      path: props.source,
      exclude: [
        "tests",
        "bobbin_videos",
        ".venv",
        "**/__pycache__",
        "**/*.pyc",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
      ],
    });
    const repository = this.repository(props.name);
    this.repositoryUri = repository.attrRepositoryUri;
    this.repositoryName = resourceName(props.name);
    this.tag = source.assetHash;
    this.projectName = resourceName(props.name, "image");
    this.project(props, source);
  }

  private repository(name: string): ecr.CfnRepository {
    const rule = {
      rulePriority: 1,
      description: `keep ${imagesKept} images`,
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: imagesKept },
      action: { type: "expire" },
    };
    const repository = new ecr.CfnRepository(this, "Repository", {
      repositoryName: resourceName(name),
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      lifecyclePolicy: { lifecyclePolicyText: JSON.stringify({ rules: [rule] }) },
      // An image can be built again at any time, so it goes with the stack.
      emptyOnDelete: true,
    });
    repository.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return repository;
  }

  private project({ buildRoleArn, logGroup, keyArn }: TrainerImageProps, source: assets.Asset): void {
    new codebuild.CfnProject(this, "Project", {
      name: this.projectName,
      serviceRole: buildRoleArn,
      encryptionKey: keyArn,
      artifacts: { type: "NO_ARTIFACTS" },
      source: {
        type: "S3",
        location: `${source.s3BucketName}/${source.s3ObjectKey}`,
        buildSpec: JSON.stringify(buildSpec),
      },
      environment: {
        type: "LINUX_CONTAINER",
        image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        // Medium has 128 GB of disk; the image is unpacked twice while it is built.
        computeType: "BUILD_GENERAL1_MEDIUM",
        // A build of an image needs a Docker of its own.
        privilegedMode: true,
        environmentVariables: [
          { name: "REPOSITORY_URI", value: this.repositoryUri },
          { name: "IMAGE_TAG", value: this.tag },
        ],
      },
      logsConfig: { cloudWatchLogs: { status: "ENABLED", groupName: logGroup } },
      timeoutInMinutes: buildMinutes,
      queuedTimeoutInMinutes: waitMinutes,
    });
  }
}
