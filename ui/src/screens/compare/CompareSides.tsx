import { useTitle } from "../../app/useTitle";

export default function CompareSides() {
  useTitle("Compare");
  return <div className="page"><h1>Compare</h1></div>;
}
