import { useTitle } from "../../app/useTitle";

export default function Traces() {
  useTitle("Traces");
  return <div className="page"><h1>Traces</h1></div>;
}
