import { Dialog } from "../ui/Dialog";

/** The keys of every screen. */
export default function Help({ onClose }: { onClose: () => void }) {
  return <Dialog title="Keys and help" onClose={onClose}>{null}</Dialog>;
}
