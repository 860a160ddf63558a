// What the makers of images are given.

export interface GuestImagesOptions {
  /** Where images are kept (default: `$RUNV_CACHE`, else `/var/cache/runv` for root, else `~/.cache/runv`). */
  readonly cacheDir?: string | undefined;
  /**
   * Which kernel: for a PC, `stock` or `minimal` (default: `$RUNV_GUEST_KERNEL`, else the minimal one where it has been built, else
   * the stock one), or `uml`.
   */
  readonly kernel?: 'stock' | 'minimal' | 'uml' | undefined;
  /** Called with one line for a person at each step that may take more than two seconds. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Ends the commands that are running; what was half made is removed. */
  readonly signal?: AbortSignal | undefined;
}
