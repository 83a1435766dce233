import { Link } from "@tanstack/react-router";
import { EmptyState } from "../ui/State";
import { useTitle } from "./useTitle";

export function NotFound() {
  useTitle("Nothing here");
  return (
    <EmptyState title="There is nothing at this address">
      <p>The link may be old or cut off. <Link to="/">See all experiments</Link>, or press Ctrl K and paste a trace’s id.</p>
    </EmptyState>
  );
}
