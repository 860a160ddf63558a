// Makes dist/ of the sources and all that they import: bin.js and index.js, and a chunk for each part that not every command needs.
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { licences } from './licences.mjs';

/**
 * What is no JavaScript and goes into the bundle: of these packages the files that they have in their dist.
 *
 * @type {[string, string][]}
 */
const ASSETS = [
  ['shim', 'runv-shim'],
  ['seccomp', 'runv-seccomp'],
  ['driver-qemu', 'preload.so'],
  ['jail', 'runv-jail'],
  ['loopback', 'runv-loopback'],
  ['notify', 'runv-notify'],
  ['spawner', 'runv-spawner'],
];
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const bundle = await rolldown({
  cwd: root,
  input: { bin: 'src/bin.ts', index: 'src/index.ts' },
  platform: 'node',
  // Of a package that comes both as modules and as CommonJS, only from its modules can be left out what nobody uses.
  resolve: { mainFields: ['module', 'main'] },
  transform: { target: 'node20.19' },
  // Our packages do nothing by being imported, so that who needs one constant of a package loads no more of it.
  treeshake: { moduleSideEffects: [{ test: /\/packages\/[^/]+\/dist\//, sideEffects: false }] },
  plugins: [
    replace(/\/cli\/src\/base\/version\.ts$/, () => `export const version = ${JSON.stringify(version)};`),
    // With protobufjs behind it a third of the daemon's code, for channelz alone, which nothing here serves.
    replace(/\/@grpc\/proto-loader\//, () => `throw new Error('@grpc/proto-loader is not in this bundle');`),
    guestFiles(),
    ...ASSETS.map(([dir, name]) => asset(dir, name)),
  ],
});
const { output } = await bundle.write({
  dir: dist,
  // Node starts CommonJS sooner than modules, and keeps its compiled code.
  format: 'cjs',
  entryFileNames: '[name].js',
  comments: { legal: true, annotation: false, jsdoc: false },
  // One level down, where ../bin.js is what it is in the sources.
  chunkFileNames: ({ moduleIds }) => `chunks/${nameOf(moduleIds.at(-1) ?? '')}.js`,
});
await bundle.close();
await writeFile(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
await writeFile(join(dist, 'licences.txt'), await licences(modules));

for (const [dir, name] of ASSETS) await cp(join(root, '..', dir, 'dist', name), join(dist, 'assets', name));
// The executable, which looks for bin.js beside it. Under another name first: it may be running.
await cp(join(root, '../launcher/dist/runv'), join(dist, 'runv.new'));
await rename(join(dist, 'runv.new'), join(dist, 'runv'));

const made = output.map(({ fileName }) => fileName);
for (const name of await readdir(join(dist, 'chunks'))) {
  if (!made.includes(`chunks/${name}`)) await rm(join(dist, 'chunks', name));
}

/**
 * A file's, or its package's where that says more.
 *
 * @param {string} id
 */
function nameOf(id) {
  const [, name] = /.*\/(?:node_modules|packages(?!\/cli\/))\/((?:@[^/]+\/)?[^/]+)/.exec(id) ?? [];
  return (name ?? basename(id, '.ts')).replace(/[^\w-]+/g, '-').replace(/^-/, '');
}

/**
 * @param {RegExp} id of the modules
 * @param {(code: string, id: string) => string} by
 * @returns {import('rolldown').Plugin}
 */
function replace(id, by) {
  return { name: `replace ${id}`, transform: { filter: { id }, handler: by } };
}

// The program that guests boot is no JavaScript, and stays in its package: its path begins there, not at the chunk.
function guestFiles() {
  const dir = join(root, '../guest/dist/');
  return replace(/\/guest\/dist\/.*\.js$/, (code, id) => {
    const there = `require('node:url').pathToFileURL(require.resolve('@runv/guest'))`;
    return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(id.slice(dir.length))}, ${there})`);
  });
}

/**
 * The path of such a file begins at the bundle, whose chunks are one level down.
 *
 * @param {string} dir of the package
 * @param {string} name
 */
function asset(dir, name) {
  const there = `require('node:url').pathToFileURL(__dirname.replace(/.chunks$/, '') + '/assets/${name}')`;
  const url = new RegExp(`new URL\\('[^']*${name}', import\\.meta\\.url\\)`);
  return replace(new RegExp(`/packages/${dir}/dist/.*\\.js$`), (code) => code.replace(url, there));
}
