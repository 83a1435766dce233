import { useTitle } from "../../app/useTitle";

export default function Session() {
  useTitle("Session");
  return <div className="page"><h1>Session</h1></div>;
}
