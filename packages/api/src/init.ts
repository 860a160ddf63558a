/** The `pid` of a container's first process in requests and events. */
export const INIT = 'init';
