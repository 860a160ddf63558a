/** What drivers have in common: parts to build one from. */
export { ChannelStream } from './channelStream.ts';
export { checkOptions } from './checkOptions.ts';
export { connectTo } from './connectTo.ts';
export { Limit } from './limit.ts';
export { type MachineEnd, type MachineParts, ProcessMachine } from './processMachine.ts';
