import { useTitle } from "../../app/useTitle";

export default function Quality() {
  useTitle("Quality");
  return <div className="page"><h1>Quality</h1></div>;
}
