/** The codes of docs/launcher-protocol.md. Made from proto/codes.json by `pnpm codes`: change it there. */
export const CODE = {
  REQUEST: 1,
  REPORT: 2,
  BEGUN: 16,
  DECLINED: 17,
  OUTPUT: 18,
  START_SHIM: 19,
  EXIT: 20,
} as const;
