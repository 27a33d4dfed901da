/** The order of names: "2.png" before "10.png", the same on every machine, whatever its language. */

const ZERO = 48;
const NINE = 57;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** Orders digits by their number and everything else by code unit. Names that differ never tie. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(j);
    const digits = isDigit(left);
    if (digits && isDigit(right)) {
      const [iEnd, jEnd] = [digitsEnd(a, i), digitsEnd(b, j)];
      const difference = compareDigits(a, i, iEnd, b, j, jEnd);
      if (difference !== 0) return difference;
      i = iEnd;
      j = jEnd;
    } else if (left === right) {
      i++;
      j++;
    } else {
      // A text that a number ends comes before a longer one: "a2" before "a b".
      const inText = i > 0 && !isDigit(a.charCodeAt(i - 1));
      if (inText && digits !== isDigit(right)) return digits ? -1 : 1;
      return left - right;
    }
  }
  // Equal so far: the shorter first; of names that differ in leading zeros alone, the smaller by code unit.
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0);
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** Compares two runs of digits as numbers of any length. */
function compareDigits(a: string, i: number, iEnd: number, b: string, j: number, jEnd: number): number {
  let left = i;
  let right = j;
  while (left < iEnd && a.charCodeAt(left) === ZERO) left++;
  while (right < jEnd && b.charCodeAt(right) === ZERO) right++;
  if (iEnd - left !== jEnd - right) return iEnd - left - (jEnd - right);
  for (; left < iEnd; left++, right++) {
    const difference = a.charCodeAt(left) - b.charCodeAt(right);
    if (difference !== 0) return difference;
  }
  return 0;
}
