// Shows each step and its duration: with a spinner on a terminal, with plain lines elsewhere.

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const DOT_MS = 2000;

export const onTerminal = process.stdout.isTTY === true;
const coloured = onTerminal && !process.env.NO_COLOR;

/** @type {{ label: string; ms: number }[]} */
export const timings = [];

/**
 * Runs one step. `say` shows a detail beside its label.
 *
 * @template T
 * @param {string} label
 * @param {(say: (detail: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const display = onTerminal ? spinner(label) : plainLines(label);
  const begin = performance.now();
  try {
    const result = await work(display.say);
    const ms = performance.now() - begin;
    timings.push({ label, ms });
    display.end(`${paint(32, '✓')} ${label} ${paint(2, seconds(ms))}`);
    return result;
  } catch (error) {
    display.end(`${paint(31, '✗')} ${label} ${paint(2, seconds(performance.now() - begin))}`);
    throw error;
  }
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** @param {string} text */
export function bold(text) {
  return paint(1, text);
}

/**
 * @param {number} code
 * @param {string} text
 */
function paint(code, text) {
  return coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** @param {string} label */
function spinner(label) {
  const begin = performance.now();
  let detail = '';
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    const line = `${FRAMES[frame]} ${label} ${seconds(performance.now() - begin)} ${detail}`;
    process.stdout.write(`\r\u001b[2K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
  };
  const timer = setInterval(draw, FRAME_MS);
  draw();
  return {
    /** @param {string} text */
    say: (text) => {
      detail = text;
    },
    /** @param {string} line */
    end: (line) => {
      clearInterval(timer);
      process.stdout.write(`\r\u001b[2K${line}\n`);
    },
  };
}

// A dot every two seconds shows that the step is running; details are on separate lines, at a limited rate.
/** @param {string} label */
function plainLines(label) {
  let dots = 0;
  let lastSaid = 0;
  process.stdout.write(`  ${label}\n`);
  const timer = setInterval(() => process.stdout.write(dots++ === 0 ? '    .' : '.'), DOT_MS);
  const endDots = () => {
    if (dots > 0) process.stdout.write('\n');
    dots = 0;
  };
  return {
    /** @param {string} text */
    say: (text) => {
      if (performance.now() - lastSaid < DOT_MS) return;
      lastSaid = performance.now();
      endDots();
      process.stdout.write(`    ${text}\n`);
    },
    /** @param {string} line */
    end: (line) => {
      clearInterval(timer);
      endDots();
      process.stdout.write(`${line}\n`);
    },
  };
}
