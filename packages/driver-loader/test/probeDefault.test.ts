import { expect, test } from 'vitest';
import { probe, probeDefault } from '../src/index.ts';

const { accelerator } = (await probe('qemu')).info;
const withoutKvm = accelerator === 'kvm' ? 'qemu' : 'uml';

test('QEMU with KVM, else User-mode Linux where it fits, else QEMU; and why', async () => {
  const taken = async (fits: boolean) => {
    const { driver, why } = await probeDefault(() => fits);
    expect(why).toMatch(/^the default/);
    return driver.info.name;
  };
  expect(await taken(true)).toBe(withoutKvm);
  expect(await taken(false)).toBe('qemu');
});

test('the driver is asked for what it has', async () => {
  const { driver } = await probeDefault(({ capabilities }) => capabilities.clone);
  expect(driver.info.name).toBe('qemu');
});

test("options that are QEMU's own take QEMU", async () => {
  const { driver } = await probeDefault(() => true, { settings: { accelerator: 'tcg' } });
  expect(driver.info).toMatchObject({ name: 'qemu', accelerator: 'tcg' });
});

test('an option that no driver has is an error', async () => {
  await expect(probeDefault(() => true, { settings: { turbo: 'on' } })).rejects.toThrow("no option 'turbo'");
});
