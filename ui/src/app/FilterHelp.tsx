const EXAMPLES: [filter: string, keeps: string][] = [
  ["status = 'ERROR'", "traces that failed"],
  ["error CONTAINS 'timed out'", "traces with this text in an error message"],
  ["\"refund policy\"", "the text anywhere in the trace"],
  ["duration > 5s AND tokens > 4000", "long traces with many tokens"],
  ["cost > 0.01", "traces that cost more than one cent (US dollars)"],
  ["user = 'ana' OR session = 'chat-42'", "traces of a user or of a session"],
  ["version = 'v1.2' AND NOT environment = 'dev'", "traces of a version, except in development"],
  ["tags.env = 'prod'", "by tag; metadata.… works the same way"],
  ["feedback.groundedness = 'no'", "by feedback of a person or a judge"],
  ["span.name = 'search_docs' AND span.status = 'ERROR'", "one span that meets both conditions"],
  ["span.model LIKE 'gpt-4%'", "% is any text; ILIKE ignores case, RLIKE is a regular expression"],
  ["status IN ('OK', 'ERROR') AND name IS NOT NULL", "lists, and whether a value is present"],
];

/** Explains the filter language by examples. */
export function FilterHelp() {
  return (
    <section className="stack">
      <h3>Filters</h3>
      <p>
        The language of <code>mlflow.search_traces(filter_string=…)</code>, extended by <code>OR</code>, <code>NOT</code>, parentheses, units and short field names.
        Put text in quotes and keys with special characters in backticks: <code>tags.`my-key`</code>. A trace without the field matches no comparison with it.
      </p>
      <dl className="filter-examples">
        {EXAMPLES.map(([filter, keeps]) => (
          <div key={filter}><dt><code>{filter}</code></dt><dd>{keeps}</dd></div>
        ))}
      </dl>
    </section>
  );
}
