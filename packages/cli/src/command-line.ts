/** Command lines as a person can paste them into a shell. */

/** "mmgan cluster 'my photos' --out r.csv": arguments in quotes where a shell would change them. */
export const commandLine = (args: readonly string[]): string => ["mmgan", ...args.map(quoted)].join(" ");

function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  // In double quotes both kinds of Windows shell take it; elsewhere single ones leave everything as it is.
  return process.platform === "win32"
    ? `"${text.replaceAll('"', '\\"')}"`
    : `'${text.replaceAll("'", "'\\''")}'`;
}
