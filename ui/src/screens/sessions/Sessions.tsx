import { useTitle } from "../../app/useTitle";

export default function Sessions() {
  useTitle("Sessions");
  return <div className="page"><h1>Sessions</h1></div>;
}
