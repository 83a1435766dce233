import { Dialog } from "../ui/Dialog";

/** Everything one can go to or do, found by typing. */
export default function Palette({ onClose }: { experiment: string | null; onClose: () => void }) {
  return <Dialog title="Search or jump to" onClose={onClose}>{null}</Dialog>;
}
