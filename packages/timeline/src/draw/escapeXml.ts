/** Any text as text in XML: its signs escaped, and what XML cannot have at all replaced. */
export function escapeXml(text: string): string {
  return text.replace(NO_CHARACTERS, '\ufffd').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Half a pair of surrogates is one of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NO_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
