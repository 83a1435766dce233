import { CodeBlock } from "../../ui/CodeBlock";
import { EmptyState } from "../../ui/State";

/** Explains what an archive is for, and how to begin one. */
export function NoArchive() {
  return (
    <EmptyState title="This server has no archive">
      <p>
        With an archive, every trace is also kept for good in Delta Lake tables, in a folder or a bucket. DuckDB, Spark, Polars and Databricks can read them,
        and retention can delete traces from the server’s own hot store without losing them.
      </p>
      <p>Restart the server with the place of the archive; traces that are stored already are archived, too:</p>
      <CodeBlock label="In a folder" code="kansoku serve --archive file:///var/lib/kansoku-archive" />
      <CodeBlock label="In a bucket" code="kansoku serve --archive s3://BUCKET/PREFIX" />
      <p className="meta">More about tables, layouts and queries is in <code>docs/archive.md</code> of Kansoku.</p>
    </EmptyState>
  );
}
