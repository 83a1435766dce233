import { useTitle } from "../../app/useTitle";

export default function Runs() {
  useTitle("Runs");
  return <div className="page"><h1>Runs</h1></div>;
}
