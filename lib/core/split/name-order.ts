// Sorts by name as `<` does, in UTF-16 units, at a fraction of its cost for a million names: by the first characters that tell
// names apart, packed with the position into one number, then by the whole names where those are alike.

/** 4 characters of 8 bits and a position of 21 bits fill the 53 bits of a number. */
const characters = 4;
const most = 2 ** 21;
/** Characters from here on count as one; what follows such a one is left to the comparison of whole names. */
const widest = 255;

/** The beginning that all names have in common. */
function commonPrefix<T extends { readonly name: string }>(items: readonly T[]): string {
  let prefix = items[0]?.name ?? "";
  for (const { name } of items) {
    while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
    if (prefix === "") break;
  }
  return prefix;
}

/** Never above the key of a name that sorts later. */
function keyOf(name: string, from: number): number {
  let key = 0;
  let wide = false;
  for (let at = from; at < from + characters; at++) {
    const unit: number = wide || at >= name.length ? 0 : name.charCodeAt(at);
    wide ||= unit >= widest;
    key = key * 256 + Math.min(unit, widest);
  }
  return key;
}

const byName = <T extends { readonly name: string }>(a: T, b: T) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** A sorted copy; items of one name keep their order. */
export function sortedByName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  if (items.length > most) return [...items].sort(byName);
  const from = commonPrefix(items).length;
  const keys = Float64Array.from(items, ({ name }, index) => keyOf(name, from) * most + index).sort();
  const sorted: T[] = [];
  let alike: T[] = [];
  let last = -1;
  for (const packed of keys) {
    const key = Math.floor(packed / most);
    if (key !== last) {
      for (const each of alike.sort(byName)) sorted.push(each);
      alike = [];
      last = key;
    }
    const item = items[packed - key * most];
    if (item !== undefined) alike.push(item);
  }
  for (const each of alike.sort(byName)) sorted.push(each);
  return sorted;
}
