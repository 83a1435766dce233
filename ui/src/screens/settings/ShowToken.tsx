import type { NewToken } from "../../net/tokens";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Dialog } from "../../ui/Dialog";

/** Shows a new token, once. */
export function ShowToken({ token, onClose }: { token: NewToken; onClose: () => void }) {
  return (
    <Dialog title={`Token ${token.name}`} onClose={onClose} foot={<Button look="primary" onClick={onClose}>I have saved it</Button>}>
      <p>Copy it now. Only its hash is stored, so it cannot be shown again.</p>
      <CodeBlock label="Token" code={token.token} />
      <CodeBlock label="For MLflow’s clients" code={`export MLFLOW_TRACKING_TOKEN=${token.token}`} />
    </Dialog>
  );
}
