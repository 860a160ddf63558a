/** Escapes text for XML, and replaces characters that XML does not allow. */
export function escapeXml(text: string): string {
  return text.replace(INVALID, '\ufffd').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Includes lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
const INVALID = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
