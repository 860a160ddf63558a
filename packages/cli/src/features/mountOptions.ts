/** The mount options that the guest knows (packages/guest/c/spec/mountoptions.c). It passes others to the file system. */

const FLAGS = [
  ...['acl', 'async', 'atime', 'bind', 'defaults', 'dev', 'diratime', 'dirsync', 'exec', 'iversion', 'lazytime'],
  ...['loud', 'mand', 'noacl', 'noatime', 'nodev', 'nodiratime', 'noexec', 'noiversion', 'nolazytime', 'nomand'],
  ...['norelatime', 'nostrictatime', 'nosuid', 'nosymfollow', 'rbind', 'relatime', 'remount', 'ro', 'rw', 'silent'],
  ...['strictatime', 'suid', 'symfollow', 'sync'],
];

const PROPAGATIONS = ['private', 'shared', 'slave', 'unbindable'];

/** On every mount below too. */
const RECURSIVE = [
  ...['ratime', 'rdev', 'rdiratime', 'rexec', 'rnoatime', 'rnodev', 'rnodiratime', 'rnoexec', 'rnorelatime'],
  ...['rnostrictatime', 'rnosuid', 'rnosymfollow', 'rrelatime', 'rro', 'rrw', 'rstrictatime', 'rsuid', 'rsymfollow'],
];

export const MOUNT_OPTIONS: readonly string[] = [
  ...FLAGS,
  ...PROPAGATIONS,
  ...PROPAGATIONS.map((word) => `r${word}`),
  ...RECURSIVE,
  'tmpcopyup',
].sort();
