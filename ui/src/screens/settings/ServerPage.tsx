import { bytes, duration, exact } from "../../core/format";
import { visible } from "../../core/text";
import { useHealth } from "../../net/ingest";
import { ROOT } from "../../net/root";
import { useServer } from "../../net/server";
import { Property, PropertyList } from "../../ui/PropertyList";
import { ErrorState, LoadingRows } from "../../ui/State";
import { useNow } from "../../ui/useNow";

/** Version, health and storage of the server. */
export function ServerPage() {
  const { data: server, error, refetch } = useServer();
  const health = useHealth();
  const now = useNow();
  const healthText = health.error ? "no response" : (health.data ?? "…");
  // Further lines are warnings, which every screen shows at its top.
  const healthy = healthText.split("\n")[0] === "OK";
  return (
    <div className="stack">
      <PropertyList>
        <Property name="Health"><span className={healthy ? "ok-text" : "error-text"}>{healthy ? "✓ OK" : visible(healthText)}</span></Property>
        {server && (
          <>
            <Property name="Kansoku">{server.version}</Property>
            <Property name="MLflow API version">{server.mlflow_version}</Property>
            <Property name="Uptime">{duration(Math.max(0, now - server.started_ms))}</Property>
            {server.all_experiments && (
              <>
                <Property name="Traces">{exact(server.traces)}</Property>
                <Property name="Database">{bytes(server.database_bytes)}</Property>
                <Property name="Large payloads">{bytes(server.blob_bytes)}</Property>
              </>
            )}
            <Property name="Retention">{server.retention ? visible(server.retention) : "everything is kept"}</Property>
            <Property name="Tokens">{server.needs_token ? `required${server.token_name ? `; signed in as ${visible(server.token_name)}` : ""}` : "not required"}</Property>
            <Property name="OTLP">{[server.otlp_http && "HTTP on this port", server.grpc_port !== null && `gRPC on port ${server.grpc_port}`].filter(Boolean).join(", ") || "off"}</Property>
          </>
        )}
      </PropertyList>
      {error && !server ? <ErrorState error={error} doing="load server information" onRetry={() => void refetch()} /> : !server && <LoadingRows rows={6} />}
      <ul className="stack">
        <li><a href={`${ROOT}api/docs`}>API reference</a></li>
        <li><a href={`${ROOT}api/openapi.json`}>OpenAPI document</a></li>
        <li><a href={`${ROOT}metrics`}>Prometheus metrics</a></li>
      </ul>
    </div>
  );
}
