/** The table head shared by comparisons of two sides. */
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
