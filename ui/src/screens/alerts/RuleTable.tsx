import { Ellipsis } from "lucide-react";
import { conditionText, isMuted, samplesText, signalText, signalValueText, spanText } from "../../core/alert/alertText";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { AlertRule } from "../../core/types";
import { useMuteRule, useSaveRule, useTestRule } from "../../net/alerts";
import { TracesLink } from "../../ui/address/TracesLink";
import { useUrl } from "../../ui/address/useUrl";
import { Button, IconButton } from "../../ui/Button";
import { Menu } from "../../ui/Menu";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { StatusBadge } from "./StatusBadge";

const HOUR_MS = 3_600_000;
/** A mute without an end. */
const FOREVER_MS = 8_640_000_000_000_000;

/** The rules with their present values. */
export function RuleTable({ e, rules, onEdit, onDelete, onEvents }: {
  e: string;
  /** In the order in which they are shown. */
  rules: AlertRule[];
  onEdit: (rule: AlertRule) => void;
  onDelete: (rule: AlertRule) => void;
  onEvents: (rule: AlertRule) => void;
}) {
  const now = useNow();
  const [search] = useUrl();
  const mute = useMuteRule(e);
  const test = useTestRule(e);
  const save = useSaveRule(e);
  const muteFor = (rule: AlertRule, ms: number | null) => mute.mutate({ rule: rule.rule_id, untilMs: ms === null ? null : Math.min(Date.now() + ms, FOREVER_MS) });
  const enable = (rule: AlertRule, enabled: boolean) => save.mutate({ rule: rule.rule_id, settings: { ...rule.settings, enabled } }, {
    onSuccess: () => toast(`${visible(rule.settings.name)} is ${enabled ? "enabled" : "disabled"}`),
    onError: (problem) => toast(problem.message, { error: true }),
  });
  const sendTest = (rule: AlertRule) => test.mutate(rule.rule_id, {
    onSuccess: ({ success, status_code, error }) => toast(success ? "Slack accepted the test message" : `The test failed: ${visible(error ?? `the receiver answered ${status_code}`)}`, { error: !success }),
  });
  const columns: TableColumn<AlertRule>[] = [
    {
      id: "status", title: "State", className: "nowrap",
      cell: (rule) => <StatusBadge rule={rule} nowMs={now} />,
    },
    {
      id: "name", title: "Rule", rowHeader: true, className: "alert-name",
      cell: (rule) => (
        <>
          <a href={`?edit=${encodeURIComponent(rule.rule_id)}`} data-row="" aria-current={search.rule === rule.rule_id || undefined} onClick={(event) => { event.preventDefault(); onEdit(rule); }}>{visible(rule.settings.name)}</a>
          {rule.problem && <span className="meta error-text alert-reason" title={visible(rule.problem)}>{visible(rule.problem)}</span>}
        </>
      ),
    },
    {
      id: "condition", title: "Fires when", className: "medium-only alert-condition",
      cell: ({ settings }) => (
        <>
          {visible(signalText(settings.signal))} {conditionText(settings)}
          {(settings.for_s ?? 0) > 0 && <span className="meta">, for {spanText(settings.for_s ?? 0)}</span>}
          {settings.filter && <code className="ellipsis alert-filter" title={visible(settings.filter)}>{visible(settings.filter)}</code>}
        </>
      ),
    },
    {
      id: "value", title: "Now", number: true,
      cell: (rule) => {
        const text = signalValueText(rule.settings.signal, rule.value);
        const link = rule.traces_link;
        return (
          <>
            {link && rule.value !== null ? <TracesLink experiment={link.experiment} target={{ q: link.filter, range: { from: String(link.from_ms), to: String(link.to_ms) } }} title="The traces of this value">{text}</TracesLink> : text}
            <div className="meta">{samplesText(rule)}</div>
          </>
        );
      },
    },
    { id: "since", title: "Since", className: "wide-only nowrap", cell: ({ since_ms }) => <Time ms={since_ms} /> },
    {
      id: "slack", title: "Tells", className: "wide-only",
      cell: ({ has_slack_url, slack_error }) => (slack_error ? <span className="error-text alert-reason" title={visible(slack_error)}>Slack: {visible(slack_error)}</span> : <span className={has_slack_url ? "" : "muted"}>{has_slack_url ? "Slack" : "webhooks"}</span>),
    },
    {
      id: "actions", title: <span className="visually-hidden">Actions</span>, number: true,
      cell: (rule) => {
        const name = visible(rule.settings.name);
        return (
          <span className="alert-actions">
            {isMuted(rule, now) ? <Button small aria-label={`Unmute ${name}`} onClick={() => muteFor(rule, null)}>Unmute</Button>
              : <Button small className="medium-only" aria-label={`Edit ${name}`} onClick={() => onEdit(rule)}>Edit</Button>}
            <Menu
              label={`Actions for ${name}`} align="end"
              trigger={<IconButton look="plain" small label={`Actions for ${name}`} icon={<Ellipsis aria-hidden />} />}
              items={[
                { label: "Edit", run: () => onEdit(rule) },
                { label: "Its alerts", run: () => onEvents(rule) },
                ...(rule.has_slack_url ? [{ label: "Send a test to Slack", run: () => sendTest(rule) }] : []),
                null,
                { label: "Mute for an hour", run: () => muteFor(rule, HOUR_MS) },
                { label: "Mute for a day", run: () => muteFor(rule, 24 * HOUR_MS) },
                { label: "Mute until unmuted", run: () => muteFor(rule, FOREVER_MS) },
                { label: rule.settings.enabled === false ? "Enable" : "Disable", run: () => enable(rule, rule.settings.enabled === false) },
                null,
                { label: "Delete…", danger: true, run: () => onDelete(rule) },
              ]}
            />
          </span>
        );
      },
    },
  ];
  return <DataTable label="Alert rules" columns={columns} rows={rules} rowKey={({ rule_id }) => rule_id} sort="" onSort={() => undefined} isSorted rowKeys />;
}
