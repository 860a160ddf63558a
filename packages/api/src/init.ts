/** A container's first process, as `pid` names it in requests and events. */
export const INIT = 'init';
