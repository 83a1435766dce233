import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { AlertRule } from "../../core/types";
import { useDeleteRule } from "../../net/alerts";
import { FormDialog } from "../../ui/FormDialog";

/** Deletes a rule with its alerts. */
export function DeleteRule({ e, rule, onClose }: { e: string; rule: AlertRule; onClose: () => void }) {
  const { mutate, error, isPending } = useDeleteRule(e);
  const remove = () => mutate(rule.rule_id, {
    onSuccess: () => {
      onClose();
      toast(`Deleted the rule ${visible(rule.settings.name)}`);
    },
  });
  return (
    <FormDialog title="Delete the alert rule?" action="Delete" isDangerous isChanged={false} isPending={isPending} error={error} onSave={remove} onClose={onClose}>
      <p className="breaks">
        <b>{visible(rule.settings.name)}</b> and the list of its alerts. This cannot be undone.
        {rule.alert !== null && " It fires now, and nobody is told that it is over."}
      </p>
    </FormDialog>
  );
}
