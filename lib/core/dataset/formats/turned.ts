// Points turned about a centre: for rotated boxes and skeletons of every format.

/** @param degrees clockwise, as y points down */
export function turned(points: readonly number[], cx: number, cy: number, degrees: number): number[] {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return points.map((value, at) => {
    const isX = at % 2 === 0;
    const x = (isX ? value : (points[at - 1] ?? 0)) - cx;
    const y = (isX ? (points[at + 1] ?? 0) : value) - cy;
    return isX ? cx + x * cos - y * sin : cy + x * sin + y * cos;
  });
}
