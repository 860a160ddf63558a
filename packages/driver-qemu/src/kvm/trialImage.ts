/**
 * A 64 KiB firmware image whose only program goes from real mode to 64-bit code with paging, as a kernel does, and then
 * writes 0x15 to port 0xf4, which makes isa-debug-exit end QEMU with (0x15 << 1) | 1. It lies in the last 256 bytes below
 * 4 GiB, where the processor begins, and keeps its page tables at 4 KiB.
 */
export const EXIT_STATUS = 43;

export function trialImage(): Buffer {
  const image = Buffer.alloc(64 * 1024);
  const base = image.length - 256;
  Buffer.from(PROGRAM.join('').replaceAll(' ', ''), 'hex').copy(image, base);
  Buffer.from(TABLES.join('').replaceAll(' ', ''), 'hex').copy(image, base + 0x78);
  Buffer.from('e90dff', 'hex').copy(image, base + 0xf0); // the reset vector: jmp to the program
  return image;
}

const PROGRAM = [
  'fa', // cli
  '2e660f011698ff', // lgdtl %cs:gdtr
  '0f20c0 0c01 0f22c0', // cr0 |= PE
  '66ea 18ffffff 0800', // ljmpl $8, the next instruction, now 32-bit code
  '66b81000 8ed8 8ec0', // ds = es = 0x10
  'bf00100000', // edi = 0x1000, the PML4
  'c70703200000', // PML4[0] = 0x2000, the directory's directory
  'c7051820000003300000', // its entry 3 (from 3 GiB on) = 0x3000, the directory
  'c705f83f00008300e0ff', // the directory's entry 511 = the 2 MiB page that ends at 4 GiB
  '0f22df', // cr3 = edi
  'b820000000 0f22e0', // cr4 = PAE
  'b9800000c0 0f32 80cc01 0f30', // EFER |= LME
  '0f20c0 0d00000080 0f22c0', // cr0 |= PG
  'ea 68ffffff 1800', // ljmpl $0x18, the next instruction, now 64-bit code
  '66baf400 b015 ee', // outb 0x15, port 0xf4
  'f4 ebfd', // hlt, for ever
];

const TABLES = [
  '0000000000000000', // no segment
  'ffff0000009acf00', // 8: 32-bit code
  'ffff00000092cf00', // 16: data
  'ffff0000009aaf00', // 24: 64-bit code
  '1f00 78ffffff', // at 0x98, what lgdtl loads: the table's limit and address
];
