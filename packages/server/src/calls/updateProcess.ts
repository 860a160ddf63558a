/** UpdateProcess: close its stdin, resize its terminal. */
import type { types } from '@runv/api';
import { SupervisorError } from '@runv/supervisor';
import type { CallContext } from '../unary.ts';

export async function updateProcess(
  { supervisor }: CallContext,
  { id, pid, closeStdin, width, height }: types.UpdateProcessRequest,
): Promise<types.UpdateProcessResponse> {
  if (width > 0xffff || height > 0xffff) {
    throw new SupervisorError(
      'INVALID',
      `a terminal of ${width} x ${height} characters is too large; 65535 is the most`,
    );
  }
  const size = width > 0 || height > 0 ? { columns: width, rows: height } : undefined;
  await supervisor.updateProcess(id, pid, { closeStdin, size });
  return {};
}
