/** Paths of `{"$ref":"$.brokerDatas[0].x"}`: fastjson's way of writing an object a second time. */

/** A name, or the index of a list or of a map with integer keys. */
export type PathStep = string | number;

/** Longest chain of names that is followed; bodies nest less than a tenth of it. */
const MAX_STEPS = 64;

/**
 * Splits an absolute path. A backslash takes the character behind it as part of a name.
 *
 * @returns undefined for relative paths (`..`, `@`), which point to an enclosing value, and for broken ones
 */
export function parseReferencePath(path: string): readonly PathStep[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: PathStep[] = [];
  let position = 1;
  while (position < path.length) {
    if (steps.length === MAX_STEPS) return undefined;
    const step =
      path.charAt(position) === '[' ? readIndex(path, position) : readName(path, position);
    if (step === undefined) return undefined;
    steps.push(step.step);
    position = step.end;
  }
  return steps;
}

interface ReadStep {
  readonly step: PathStep;
  readonly end: number;
}

const INDEX = /\[(\d{1,9})\]/y;

function readIndex(path: string, start: number): ReadStep | undefined {
  INDEX.lastIndex = start;
  const match = INDEX.exec(path);
  if (match === null) return undefined;
  return { step: Number(match[1]), end: start + match[0].length };
}

function readName(path: string, start: number): ReadStep | undefined {
  if (path.charAt(start) !== '.') return undefined;
  let name = '';
  let position = start + 1;
  while (position < path.length) {
    const character = path.charAt(position);
    if (character === '.' || character === '[') break;
    if (character === '\\') position++;
    name += path.charAt(position);
    position++;
  }
  return name === '' ? undefined : { step: name, end: position };
}
