import { Ellipsis } from "lucide-react";
import { asMlflow, unknownToMlflow } from "../../core/filter/mlflow";
import { parse } from "../../core/filter/parse";
import { experimentPath, scopeQuery, useFields, useFilterCheck, type TraceScope } from "../../net/traces";
import { apiUrl } from "../../net/api";
import { serverAddress } from "../../net/root";
import { IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu, type MenuItems } from "../../ui/Menu";
import { toast } from "../../core/toastQueue";
import { asCurl, asPython } from "./copyFilter";

/** The menu of the filter: edit it as a form, copy it for Python or curl, or copy a link. */
export function FilterMenu({ scope, form, onForm }: { scope: TraceScope; form: boolean; onForm: (on: boolean) => void }) {
  const check = useFilterCheck(scope.q);
  const own = check.data?.ok === true && !check.data.mlflow;
  const fields = useFields(scope.experiment, { enabled: own }).data?.fields;
  const nearest = own && fields ? asMlflow(parse(scope.q), unknownToMlflow(fields)) : null;
  const copy = (what: string, text: string) => async () => {
    if (await copyText(text)) toast(`${what} copied`);
  };
  const list = `${location.origin}${apiUrl(`3.0/kansoku/${experimentPath(scope.experiment, "traces")}`, { ...scopeQuery(scope) })}`;
  const items: MenuItems = [
    { label: "Show as form", checked: form, run: () => onForm(!form) },
    null,
    { label: "Copy for Python", run: copy("Python", asPython(scope, serverAddress())) },
    { label: "Copy for curl", run: copy("curl", asCurl(list)) },
    { label: "Copy as a link", run: copy("Link", location.href) },
  ];
  if (nearest) items.push({ label: nearest.dropped ? "Copy the part MLflow supports" : "Copy in MLflow syntax", end: nearest.dropped ? "less" : undefined, run: copy("Filter", nearest.text) });
  return (
    <>
      {own && <span className="badge" title="MLflow's own server rejects this filter; this server accepts it from every client">Kansoku</span>}
      <Menu label="Filter" align="end" items={items} trigger={<IconButton small look="plain" label="Filter options" icon={<Ellipsis aria-hidden />} />} />
    </>
  );
}
