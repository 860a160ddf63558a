/** Whether somebody wants the spans: by the variables that OpenTelemetry defines for that. */

/** Without loading anything of what would export them. */
export function isExportConfigured(env: NodeJS.ProcessEnv): boolean {
  const exporters = env.OTEL_TRACES_EXPORTER?.split(',').map((name) => name.trim()) ?? [];
  if (env.OTEL_SDK_DISABLED === 'true' || exporters.includes('none')) return false;
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return exporters.includes('otlp') || (exporters.length === 0 && Boolean(endpoint));
}
