// Where the paths of data.yaml and of list files lead inside an export. They were written on another machine, so their tails count.

export interface PathSpace {
  /** Folder of the file that names the path, with its last slash; "" at the top. */
  readonly base: string;
  /** True for a file or folder of the export (no slash at the end). */
  readonly has: (path: string) => boolean;
}

interface Parts {
  readonly segments: readonly string[];
  readonly absolute: boolean;
}

function partsOf(path: string): Parts {
  const plain = path.replaceAll("\\", "/").trim();
  const segments: string[] = [];
  for (const segment of plain.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return { segments, absolute: /^(?:\/|[a-z]:|[a-z]+:\/\/)/i.test(plain) };
}

/**
 * The file or folder that `path` means, no slash at its end; null where nothing fits. "" is the top of the export.
 * @param root `path` of data.yaml; "" where there is none
 * @param cut `root`: only what stands before the path itself may be left away (all of it, where it is absolute);
 *   `any`: its own first folders too, as in list files written beside another root
 */
export function resolvePath(path: string, root: string, space: PathSpace, cut: "root" | "any"): string | null {
  const own = partsOf(path);
  if (own.segments.length === 0) return own.absolute ? null : space.base.replace(/\/$/, "");
  const whole = own.absolute ? own.segments : [...partsOf(root).segments, ...own.segments];
  const shortest = own.absolute || cut === "any" ? 1 : own.segments.length;
  for (let at = 0; at <= whole.length - shortest; at++) {
    const tail = whole.slice(at).join("/");
    if (space.has(space.base + tail)) return space.base + tail;
    if (space.base !== "" && space.has(tail)) return tail;
  }
  return null;
}
