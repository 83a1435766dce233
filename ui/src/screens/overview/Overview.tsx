import { useTitle } from "../../app/useTitle";

export default function Overview() {
  useTitle("Overview");
  return <div className="page"><h1>Overview</h1></div>;
}
