// Exits with a message if Node is too old. Scripts import it first; it, and all other imports, must load on any Node with
// modules.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `runv needs Node 20.19 or newer, this is ${process.version} (${process.execPath}). ` +
      'Debian has it as nodejs by https://github.com/nodesource/distributions; others: https://nodejs.org\n',
  );
  process.exit(1);
}
