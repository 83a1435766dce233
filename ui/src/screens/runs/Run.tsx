import { useTitle } from "../../app/useTitle";

export default function Run() {
  useTitle("Run");
  return <div className="page"><h1>Run</h1></div>;
}
