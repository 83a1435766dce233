import { useTitle } from "../../app/useTitle";

export default function Experiments() {
  useTitle("Experiments");
  return <div className="page"><h1>Experiments</h1></div>;
}
