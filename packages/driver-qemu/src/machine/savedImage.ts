/** The files of a saved VM, opened for a clone. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import { HypervisorError } from '@runv/hypervisor';
import { messageOf } from '@runv/hypervisor/parts';
import { imageIn } from './paths.ts';

/** The paths of an image's open files, for other processes too. */
export interface SavedImage extends AsyncDisposable {
  readonly state: string;
  readonly memory: string;
}

/** Both are of one directory, whatever is put in that one's place meanwhile. */
export async function openImage(from: string | undefined): Promise<SavedImage | undefined> {
  if (from === undefined) return undefined;
  const opened: FileHandle[] = [];
  const close = async () => void (await Promise.all(opened.map((file) => file.close())));
  const openOne = async (path: string, flags: number) => {
    const file = await open(path, flags);
    opened.push(file);
    return `/proc/${process.pid}/fd/${file.fd}`;
  };
  try {
    const files = imageIn(await openOne(from, constants.O_RDONLY | constants.O_DIRECTORY));
    const state = await openOne(files.state, constants.O_RDONLY);
    const memory = await openOne(files.memory, constants.O_RDONLY);
    return { state, memory, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    const why = messageOf(error);
    throw new HypervisorError('NOT_FOUND', `there is no saved VM in ${from}: ${why}`, { cause: error });
  }
}
