// A small Python program in the trainer's place: for tests of how jobs are started, heard, stopped and brought home, not of
// training. What it does stands in the job's recipe, under `behave`.
import fs from "node:fs";
import path from "node:path";
import type { TrainJob } from "../../lib/contracts/job.ts";

const program = String.raw`
import datetime, hashlib, json, os, signal, subprocess, sys, time
job = json.load(open(sys.argv[1]))
behave = job["recipe"]["args"]["behave"]
folder = os.getcwd()
now = lambda: datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"
say = lambda event: print(json.dumps({"at": now(), **event}), flush=True)
with open("starts", "a") as f: f.write(f"{os.getpid()}\n")
starts = len(open("starts").read().split())
environment = {"trainer": "0", "python": "3", "torch": "0", "ultralytics": "0", "platform": "t", "processor": "t", "device": "cpu", "threads": 1, "lockSha256": None}
answer = {"schema": "bobbin/result/1", "runId": job["runId"], "kind": "train", "startedAt": now(), "endedAt": now(), "environment": environment}
def finish(document, code):
    json.dump(document, open("result.part", "w")); os.rename("result.part", "result.json"); sys.exit(code)
def stopped(*_):
    finish({**answer, "status": "failed", "error": {"name": "Interrupted", "message": "", "data": {"epoch": starts}}}, 71)
if behave != "deaf": signal.signal(signal.SIGTERM, stopped)
else: signal.signal(signal.SIGTERM, signal.SIG_IGN)
say({"kind": "train", "phase": "start"})
if behave == "garbage":
    print("a library says hello"); print("{half a line"); print(json.dumps({"kind": "train", "phase": "nonsense"})); print("x" * 200000, flush=True)
if behave == "child": subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]); open("child-started", "w").close()
if behave in ("hang", "deaf") or (behave == "hang once" and starts == 1):
    while True: time.sleep(0.05)
if behave == "kill once" and starts == 1: os.kill(os.getpid(), signal.SIGKILL)
if behave == "named": finish({**answer, "status": "failed", "error": {"name": "OutOfMemory", "message": "", "data": {"device": "cpu", "batch": 4, "imgsz": 320}}}, 67)
if behave == "silent": print("the last words", file=sys.stderr); sys.exit(9)
if behave == "lie": finish({"status": "succeeded"}, 0)
if behave == "environment": open("seen.json", "w").write(json.dumps(dict(os.environ)))
os.makedirs("out/weights", exist_ok=True)
files = []
for name, text in (("weights/m.onnx", "onnx"), ("weights/m.pt", f"weights after {starts} starts")):
    open("out/" + name, "w").write(text)
    files.append({"name": name, "bytes": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()})
if behave == "other bytes": open("out/weights/m.pt", "w").write("changed")
weights = {"file": "out/weights/m.pt", "sha256": files[1]["sha256"], "bytes": files[1]["bytes"]}
onnx = {"file": "out/weights/m.onnx", "sha256": files[0]["sha256"], "bytes": files[0]["bytes"], "opset": 18, "parity": {"frames": 1, "maxBoxPixels": 0, "maxScore": 0}}
say({"kind": "train", "phase": "end"})
finish({**answer, "status": "succeeded", "files": files, "weights": weights, "onnx": onnx, "epochs": 1, "bestEpoch": 1, "attempts": starts, "imagesPerSecond": 1.0}, 0)
`;

/** Writes the program as a package `bobbin_trainer`; returns the folder that holds it. */
export function standIn(folder: string): string {
  const trainer = path.join(folder, "stand-in");
  fs.mkdirSync(path.join(trainer, "bobbin_trainer"), { recursive: true });
  fs.writeFileSync(path.join(trainer, "bobbin_trainer/__init__.py"), "");
  fs.writeFileSync(path.join(trainer, "bobbin_trainer/__main__.py"), program);
  return trainer;
}

export function standInJob(behave: string): TrainJob {
  return {
    schema: "bobbin/job/1",
    kind: "train",
    runId: "01ARZ3NDEKTSV4RRFFQ69G5FA0",
    device: "cpu",
    threads: 1,
    out: "out",
    data: { folder: "data", classes: ["a"], train: 1, val: 1 },
    weights: { file: "base.pt", sha256: "0".repeat(64), name: "yolov8n" },
    recipe: { name: "test", sha256: "0".repeat(64), args: { behave }, smokeBatches: 1 },
    checkpoints: "checkpoints",
    modelName: "m",
  };
}

/** The trainer's own environment in this checkout; its Python starts in a moment where nothing heavy is imported. */
export const environment = path.join(import.meta.dirname, "../../.venv");
