import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type AlertDraft, alertTemplates, draftOf, EMPTY_DRAFT } from "../../core/alert/alertDraft";
import { sortRules } from "../../core/alert/alertText";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import type { AlertRule } from "../../core/types";
import { useAlertRules, useFeedbackNames } from "../../net/alerts";
import { useExperiment } from "../../net/experiment";
import { useScorers } from "../../net/scorers";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { AlertEvents } from "./AlertEvents";
import { DeleteRule } from "./DeleteRule";
import { NoRules } from "./NoRules";
import { RuleForm } from "./RuleForm";
import { RuleTable } from "./RuleTable";
import "./alerts.css";

/** The alert rules of an experiment with their states, the alerts that they caused, and the form of a rule. */
export default function Alerts() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const { data, error, isFetching, refetch } = useAlertRules(e);
  const feedback = useFeedbackNames(e).data ?? [];
  const scorers = useScorers(e).data?.scorers ?? [];
  const [template, setTemplate] = useState<AlertDraft>(EMPTY_DRAFT);
  const [deleted, setDeleted] = useState<AlertRule | null>(null);
  const isNew = search.new === "1";
  const edited = data?.rules.find(({ rule_id }) => rule_id === search.edit);
  const isForm = isNew || search.edit !== undefined;
  useTitle(isNew ? "New alert rule" : "Alerts", experiment.data?.name);

  const create = (draft: AlertDraft = EMPTY_DRAFT) => {
    setTemplate(draft);
    change({ new: "1", edit: null });
  };
  useHotkeys({ n: () => create(), r: () => void refetch() }, !isForm);
  const back = () => change({ new: null, edit: null });

  if (isForm) {
    const title = isNew ? "New alert rule" : edited ? visible(edited.settings.name) : "Alert rule";
    return (
      <div className="page alerts">
        <div className="row wrap">
          <Button look="plain" onClick={back}>← Alerts</Button>
          <h1>{title}</h1>
        </div>
        {isNew ? <RuleForm key="new" e={e} rule={null} initial={template} feedback={feedback} scorers={scorers} onClose={back} />
          : edited ? <RuleForm key={edited.rule_id} e={e} rule={edited} initial={draftOf(edited)} feedback={feedback} scorers={scorers} onClose={back} />
          : error ? <ErrorState error={error} doing="read the rule" onRetry={() => void refetch()} />
          : !data ? <LoadingRows />
          : <EmptyState title="There is no such rule"><Button onClick={back}>Show all rules</Button></EmptyState>}
      </div>
    );
  }

  const rule = data?.rules.find(({ rule_id }) => rule_id === search.rule);
  const templates = alertTemplates(feedback[0] ?? null, scorers.find(({ kind }) => kind === "judge")?.name ?? null);
  return (
    <div className="page alerts">
      {isFetching && data && <div className="progress-line" />}
      <div className="row wrap">
        <h1 className="grow">Alerts</h1>
        {data && 0 < data.firing && <span className="badge error" role="status">{plural(data.firing, "rule")} firing</span>}
        <Button look="primary" title="n" onClick={() => create()}>New rule</Button>
      </div>
      {error && !data ? <ErrorState error={error} doing="list the alert rules" onRetry={() => void refetch()} />
        : !data ? <LoadingRows />
        : data.rules.length === 0 ? <NoRules templates={templates} onCreate={create} />
        : (
          <>
            <RuleTable e={e} rules={sortRules(data.rules)} onEdit={({ rule_id }) => change({ edit: rule_id, new: null })} onDelete={setDeleted} onEvents={({ rule_id }) => change({ rule: rule_id })} />
            <AlertEvents e={e} rule={rule ?? null} onAll={() => change({ rule: null })} />
          </>
        )}
      {deleted && <DeleteRule e={e} rule={deleted} onClose={() => setDeleted(null)} />}
    </div>
  );
}
