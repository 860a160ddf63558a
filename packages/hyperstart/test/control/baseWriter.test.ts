import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { BaseWriter } from '../../src/control/baseWriter.ts';

describe('the writer to an original guest', () => {
  test('waits after 512 bytes until all of them were taken', () => {
    const { writer, written } = make();
    writer.write(Buffer.alloc(1200));
    expect(written()).toBe(512);
    writer.taken(100);
    writer.taken(411);
    expect(written()).toBe(512);
    writer.taken(1);
    expect(written()).toBe(1024);
    writer.taken(512);
    expect(written()).toBe(1200);
  });

  test('sends one message after the other, in order', () => {
    const { writer, bytes } = make();
    writer.write(Buffer.alloc(600, 'a'));
    writer.write(Buffer.alloc(10, 'b'));
    for (const taken of [512, 88, 10]) writer.taken(taken);
    expect(bytes().toString()).toBe('a'.repeat(600) + 'b'.repeat(10));
  });

  test('goes on when the guest claims to have taken more than there was', () => {
    const { writer, written } = make();
    writer.write(Buffer.alloc(20));
    writer.taken(1_000_000);
    writer.write(Buffer.alloc(600));
    expect(written()).toBe(532);
  });

  test('takes 10,240 bytes and not one more', () => {
    const { writer } = make();
    expect(writer.fits(Buffer.alloc(10_240))).toBe(true);
    expect(writer.fits(Buffer.alloc(10_241))).toBe(false);
  });
});

function make() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return { writer: new BaseWriter(stream), bytes, written: () => bytes().length };
}
