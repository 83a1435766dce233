const EXAMPLES: [filter: string, keeps: string][] = [
  ["status = 'ERROR'", "traces that failed"],
  ["error CONTAINS 'timed out'", "a failed span says so"],
  ["\"refund policy\"", "the text anywhere in the trace"],
  ["duration > 5s AND tokens > 4000", "long and large ones"],
  ["cost > 0.01", "expensive ones, in dollars"],
  ["user = 'ana' OR session = 'chat-42'", "of a person or a conversation"],
  ["version = 'v1.2' AND NOT environment = 'dev'", "of a version, outside of development"],
  ["tags.env = 'prod'", "by a tag; metadata.… likewise"],
  ["feedback.groundedness = 'no'", "by what somebody or a judge said"],
  ["span.name = 'search_docs' AND span.status = 'ERROR'", "one span that is both"],
  ["span.model LIKE 'gpt-4%'", "% is any text; ILIKE ignores case, RLIKE is a regular expression"],
  ["status IN ('OK', 'ERROR') AND name IS NOT NULL", "lists, and whether there is something"],
];

/** How a filter is written, by example. */
export function FilterHelp() {
  return (
    <section className="stack">
      <h3>Filters</h3>
      <p>
        What <code>mlflow.search_traces(filter_string=…)</code> takes, and <code>OR</code>, <code>NOT</code>, parentheses, units and short names besides.
        A text is quoted, a key with odd signs goes between backticks: <code>tags.`my-key`</code>. A trace without the field matches no comparison with it.
      </p>
      <dl className="filter-examples">
        {EXAMPLES.map(([filter, keeps]) => (
          <div key={filter}><dt><code>{filter}</code></dt><dd>{keeps}</dd></div>
        ))}
      </dl>
    </section>
  );
}
