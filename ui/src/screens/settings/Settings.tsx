import { useTitle } from "../../app/useTitle";

export default function Settings() {
  useTitle("Settings");
  return <div className="page"><h1>Settings</h1></div>;
}
