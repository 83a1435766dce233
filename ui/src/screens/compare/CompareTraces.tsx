import { useTitle } from "../../app/useTitle";

export default function CompareTraces() {
  useTitle("Compare");
  return <div className="page"><h1>Compare</h1></div>;
}
