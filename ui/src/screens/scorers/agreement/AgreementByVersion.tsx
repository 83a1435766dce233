import { exact, percent } from "../../../core/format";
import { kappaInterval, twoDigits } from "../../../core/scorer/agreementText";
import { visible } from "../../../core/text";
import type { VersionAgreement } from "../../../core/types";
import { Button } from "../../../ui/Button";
import { DataTable, type TableColumn } from "../../../ui/table/DataTable";
import { useTableSort } from "../../../ui/table/useTableSort";

/** Whether a new version of the scorer agrees better. */
export function AgreementByVersion({ versions, chosen, onChoose }: { versions: VersionAgreement[]; chosen: string; onChoose: (version: string | null) => void }) {
  const [sort, setSort] = useTableSort("", "versions");
  const columns: TableColumn<VersionAgreement>[] = [
    {
      id: "version", title: "Version", rowHeader: true,
      cell: ({ version }) => (version === null ? <span className="muted" title="Such as feedback of an evaluation">none</span>
        : <Button small aria-pressed={version === chosen} onClick={() => onChoose(version === chosen ? null : version)}>{visible(version)}</Button>),
    },
    { id: "kappa", title: "κ", value: ({ kappa }) => kappa?.value ?? null, number: true, cell: ({ kappa }) => (kappa ? <>{twoDigits(kappa.value)} <span className="meta">{kappaInterval(kappa)}</span></> : "–") },
    { id: "same", title: "Same answer", value: ({ agreed, compared }) => agreed / compared, number: true, cell: ({ agreed, compared }) => percent(agreed / compared) },
    { id: "verdicts", title: "Verdicts", value: ({ compared }) => compared, number: true, cell: ({ compared }) => exact(compared) },
  ];
  return (
    <section className="stack" aria-labelledby="by-version">
      <h2 id="by-version">By version</h2>
      <DataTable labelledBy="by-version" columns={columns} rows={versions} rowKey={({ version }) => version ?? ""} sort={sort} onSort={setSort} />
    </section>
  );
}
