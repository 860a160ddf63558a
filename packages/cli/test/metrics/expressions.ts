/** The metrics that PromQL expressions use, and the samples that a daemon gives. */

export interface Used {
  readonly name: string;
  /** The labels that it is selected or summed by. */
  readonly labels: readonly string[];
}

/** Labels that Prometheus adds. */
const ADDED = ['instance'];

/** Every metric has a selector in our expressions, if only that of the instance. */
export function metricsIn(expression: string): Used[] {
  const by = [...expression.matchAll(/\b(?:by|without) \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/, */));
  return [...expression.matchAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g)].map(([, name = '', selector = '']) => {
    const selected = [...selector.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
    return { name, labels: [...new Set([...selected, ...by])].filter((label) => !ADDED.includes(label)) };
  });
}

/** Each sample's name, with the labels that some sample of it has. */
export function samplesIn(text: string): Map<string, Set<string>> {
  const samples = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm)) {
    const known = samples.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    samples.set(name, known);
  }
  return samples;
}
