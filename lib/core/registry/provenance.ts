// The in-toto statement of a release: these bytes of release.json came out of this run, from these inputs.
import type { Release, Statement } from "../../contracts/release.ts";

/** What a statement says beyond release.json itself. */
export interface BuildFacts {
  /** When the run was asked for, UTC ISO 8601. */
  readonly startedOn: string;
  /** `local`, or the AWS region it ran in. */
  readonly region: string;
}

/**
 * SLSA provenance v1 over release.json. It claims what was seen and no more; everything else is in release.json,
 * which the subject's digest covers, so the statement stays small enough for KMS to sign it raw.
 */
export function releaseStatement(release: Release, releaseSha256: string, facts: BuildFacts): Statement {
  const { dataset, testSet, recipe, base, trainer } = release;
  const lock =
    trainer.lockSha256 === null ? [] : [{ name: "trainer lock file", digest: { sha256: trainer.lockSha256 } }];
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "release.json", digest: { sha256: releaseSha256 } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:bobbin:train:1",
        externalParameters: {
          model: release.model,
          version: release.version,
          dataset: `${dataset.name}@${dataset.version}`,
          testSet: testSet.version,
          recipe: `${recipe.name}@${recipe.number}`,
          decision: release.verdict.decision,
          device: trainer.device,
          bobbin: release.bobbin.version,
          commit: release.bobbin.commit,
          ...(release.measured?.override ? { override: release.measured.override } : {}),
        },
        resolvedDependencies: [
          { name: `dataset ${dataset.name} ${dataset.version}`, digest: { sha256: dataset.manifestSha256 } },
          { name: `test set ${testSet.version}`, digest: { sha256: testSet.sha256 } },
          { name: "split", digest: { sha256: release.split.sha256 } },
          { name: "recipe", digest: { sha256: recipe.sha256 } },
          { name: "config", digest: { sha256: release.config.sha256 } },
          { name: `base weights ${base.name}`, digest: { sha256: base.sha256 } },
          ...lock,
        ],
      },
      runDetails: {
        builder: { id: facts.region === "local" ? "urn:bobbin:laptop" : `urn:bobbin:aws:${facts.region}` },
        metadata: { invocationId: release.runId, startedOn: facts.startedOn, finishedOn: release.createdAt },
      },
    },
  };
}
