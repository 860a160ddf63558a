/** What drivers have in common: parts to build one from. */
export { ChannelStream } from './channelStream.ts';
export { checkGrowth } from './checkGrowth.ts';
export { checkOptions } from './checkOptions.ts';
export { connectTo } from './connectTo.ts';
export { messageOf, notRunning, startFailed } from './failures.ts';
export { Limit } from './limit.ts';
export { type MachineEnd, type MachineParts, ProcessMachine } from './processMachine.ts';
export { oneOf, readSettings, type Setting, secondsSetting } from './settings.ts';
export { TapNetworks } from './tapNetworks.ts';
export { checkTapName, MAC_PREFIX, macOf } from './taps.ts';
