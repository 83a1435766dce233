import { Navigate, useParams } from "@tanstack/react-router";
import { useUrl } from "../../../ui/address/useUrl";

/** Leads links to the former comparison of two runs (`/e/$e/runs/compare?a=…&b=…`) here. */
export default function FormerAddress() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [{ a, b }] = useUrl();
  return <Navigate to="/e/$e/evaluations/compare" params={{ e }} search={{ runs: [a, b].filter(Boolean).join(",") } as never} replace />;
}
