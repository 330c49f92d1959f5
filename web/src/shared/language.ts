/** The reader's language, as the browser names it. */

/** The first of `asked` that is a language tag: WebKitGTK says "C" under the locale of that name, and Intl throws at it. */
export function firstTag(asked: readonly string[]): string {
  return asked.find(isTag) ?? "en";
}

export const readersLanguage = (): string =>
  firstTag([navigator.language, ...(navigator.languages ?? [])]);

function isTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
