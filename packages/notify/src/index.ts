/** Tells a service manager, as systemd, that a daemon is ready, well, or about to end: sd_notify without its library. */
export { keepWatch, type Watch, type WatchOptions } from './keepWatch.ts';
export { type Notifier, openNotifier } from './notifier.ts';
export { notifyPath } from './notifyPath.ts';
export { type ServiceManager, serviceManagerOf, takeServiceManager } from './serviceManager.ts';
