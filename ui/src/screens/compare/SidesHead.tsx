/** The head of a table that has a row for each thing in which two sides may differ. */
export function SidesHead({ what }: { what: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{what}</th>
        <th scope="col" className="num">A</th>
        <th scope="col" className="num">B</th>
        <th scope="col" className="num">Change</th>
        <th scope="col">Significance</th>
      </tr>
    </thead>
  );
}
