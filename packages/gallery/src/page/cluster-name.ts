/** What a cluster may be called: what `mmgan name` accepts, said here before it is too late. */

const LENGTH_MAX = 100;

/** Why `name` cannot be one, for people; null when it can. */
export function nameProblem(name: string): string | null {
  if (name === "") return "A name needs at least one character.";
  if (name.length > LENGTH_MAX) return `A name has at most ${LENGTH_MAX} characters.`;
  if (name !== name.trim()) return "A name begins and ends without a space.";
  if (/^[=+\-@]/.test(name)) return "A name begins with none of = + - @: spreadsheets would run it.";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a name must not hold
  if (/[\u0000-\u001f\u007f\u2028\u2029]/.test(name) || !isWellFormed(name))
    return "A name holds no line breaks or control characters.";
  return null;
}

/** False for half of a surrogate pair. */
function isWellFormed(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
