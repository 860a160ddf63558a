/** The names that host and guest share. hyperstart chose them. */

export const CONTROL_CHANNEL = 'sh.hyper.channel.0';
export const STDIO_CHANNEL = 'sh.hyper.channel.1';
/** The mount tag of the pod's shared directory. */
export const SHARE_TAG = 'share_dir';
/** The mount tag of the same directory for volumes, which the host may change meanwhile. Only our guest mounts it. */
export const VOLUMES_TAG = 'volumes_dir';
