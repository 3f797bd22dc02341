/** Ordinals of `LanguageCode`; NODE_JS is known to 5.x peers only. */
export const LANGUAGES = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const;

/** Safe towards every server: a 4.9 peer decodes NODE_JS to nothing, and its connection lists then lack the key. */
export const LANGUAGE_OTHER = 7;

/** @returns the ordinal of a language's name, -1 when it is not known */
export function languageOrdinal(name: string): number {
  return (LANGUAGES as readonly string[]).indexOf(name);
}

/** @returns the name of an ordinal; undefined when it is not known */
export function languageName(ordinal: number): string | undefined {
  return LANGUAGES[ordinal];
}
