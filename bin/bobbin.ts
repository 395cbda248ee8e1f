// The command line's entry: streams, Ctrl-C and the exit code; everything else is in lib/cli.
import { runProgram } from "../lib/cli/program.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The first asks the run to stop and stay resumable; the second means now.
  process.once(signal, () => {
    stop.abort();
    process.once(signal, () => process.exit(130));
  });
}

const code = await runProgram(process.argv.slice(2), {
  streams: { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin },
  signal: stop.signal,
});
// What was left where it stood would go on.
if (stop.signal.aborted) process.exit(code);
process.exitCode = code;
