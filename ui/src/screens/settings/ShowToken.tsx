import type { NewToken } from "../../net/tokens";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Dialog } from "../../ui/Dialog";

/** A new token, the only time it can be seen. */
export function ShowToken({ token, onClose }: { token: NewToken; onClose: () => void }) {
  return (
    <Dialog title={`The token ${token.name}`} onClose={onClose} foot={<Button look="primary" onClick={onClose}>I have kept it</Button>}>
      <p>Copy it now: only its hash is kept, and it is not shown again.</p>
      <CodeBlock label="Token" code={token.token} />
      <CodeBlock label="For MLflow’s clients" code={`export MLFLOW_TRACKING_TOKEN=${token.token}`} />
    </Dialog>
  );
}
