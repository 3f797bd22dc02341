/** What java.util.Properties would read as something else, escaped. */
export function escapeProperty(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/^[ \t#!]/, '\\$&')
    .replaceAll('=', '\\=');
}

/** `key=value` lines with values as they are, as servers answer their settings. */
export function parseRawProperties(body: Buffer | undefined): [string, string][] {
  const lines = (body?.toString('utf8') ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const end = line.indexOf('=');
    return end < 0 ? [line, ''] : [line.slice(0, end), line.slice(end + 1)];
  });
}
