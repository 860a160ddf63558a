// Ends at once, in words, on a Node that is too old. Imported first; it and what is imported beside it must load on any
// Node that knows modules.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `runv needs Node 20.19 or newer, this is ${process.version} (${process.execPath}). ` +
      'Debian has it as nodejs by https://github.com/nodesource/distributions; others: https://nodejs.org\n',
  );
  process.exit(1);
}
