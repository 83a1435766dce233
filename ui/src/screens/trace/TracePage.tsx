import { useTitle } from "../../app/useTitle";

export default function TracePage() {
  useTitle("Trace");
  return <div className="page"><h1>Trace</h1></div>;
}
