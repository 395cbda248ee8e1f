// The only file of the command line that reads the process's environment.
import { platform } from "node:process";

/** True where a browser can be shown: always on macOS and Windows, elsewhere with a display. */
export function hasDesktop(): boolean {
  if (platform === "darwin" || platform === "win32") return true;
  return process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
}

/** The environment for programs that the command line starts for the user (uv, pip), plus what is given. */
export function childEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...more };
}

/** Where programs are looked for. */
export function searchPath(): string {
  return process.env.PATH ?? "";
}
