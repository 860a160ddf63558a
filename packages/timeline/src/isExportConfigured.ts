/** Whether the environment configures an export of spans, by OpenTelemetry's variables. */

/** Does not load the exporter. */
export function isExportConfigured(env: NodeJS.ProcessEnv): boolean {
  const exporters = env.OTEL_TRACES_EXPORTER?.split(',').map((name) => name.trim()) ?? [];
  if (env.OTEL_SDK_DISABLED === 'true' || exporters.includes('none')) return false;
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return exporters.includes('otlp') || (exporters.length === 0 && Boolean(endpoint));
}
